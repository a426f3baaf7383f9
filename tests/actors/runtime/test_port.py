import threading

import pykka
import pytest

from passagework.actors.messages.library import Ask, AskWriterStatistics, Submit
from passagework.actors.runtime.port import NobodyThereError, Port
from passagework.actors.writer.library_port import LibraryPort
from passagework.persistence.read.queries import Status
from passagework.persistence.write.writes import MarkMissing


class Echo(pykka.ThreadingActor):
    use_daemon_thread = True

    def on_receive(self, message):
        if callable(message):
            return message()
        return message


@pytest.fixture
def echo():
    ref = Echo.start()
    yield ref
    ref.stop()


@pytest.fixture
def port():
    return Port("echo")


def test_without_an_actor_a_message_is_dropped_and_a_question_raises(port):
    assert port.tell("hello") is False
    with pytest.raises(NobodyThereError, match="the echo of this importer is not there"):
        port.ask("hello", 1)


def test_with_an_actor_it_is_reached(port, echo):
    port.bind(echo)
    assert port.tell("hello") is True
    assert port.ask("hello", 10) == "hello"


def test_a_dead_actor_is_nobody(port, echo):
    port.bind(echo)
    echo.stop()
    assert port.tell("hello") is False
    with pytest.raises(NobodyThereError):
        port.ask("hello", 10)


def test_an_answer_that_takes_too_long_is_none(port, echo):
    go = threading.Event()
    port.bind(echo)
    port.tell(lambda: go.wait(60))
    with pytest.raises(NobodyThereError):
        port.ask("hello", 0.01)
    go.set()


def test_what_the_actor_raises_is_raised_to_the_one_who_asked(port, echo):
    port.bind(echo)
    with pytest.raises(ZeroDivisionError):
        port.ask(lambda: 1 / 0, 10)


def test_whoever_holds_the_port_reaches_the_next_incarnation(port, echo):
    first = Echo.start()
    port.bind(first)
    first.stop()
    port.bind(echo)
    assert port.ask("hello", 10) == "hello"


def test_the_port_of_the_library_is_named_like_its_actor():
    with pytest.raises(NobodyThereError, match="the persistence of this importer is not there"):
        LibraryPort("persistence").query(Status())


def test_the_port_of_the_library_sends_writes_with_the_time_and_asks_queries(stage):
    library = stage.ports["persistence"]
    inbox = stage.put_inbox("persistence", answer=lambda message: message)
    stage.clock.now = 77.0
    write = MarkMissing(1, (b"/a",))
    library.store(write, 5, stage.ports["scanner"])
    library.store(write, 6, stage.ports["scanner"], more=True)
    assert inbox.take() == [
        Submit(write=write, write_id=number, reply_to=stage.ports["scanner"], more=more, told=77.0)
        for number, more in ((5, False), (6, True))
    ]
    assert library.query(Status()) == Ask(Status())
    assert library.writer() == AskWriterStatistics()
