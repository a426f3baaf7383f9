import pytest

from passagework.domain.executor_choice import FromFactory, Inline, InProcesses, OnDask, read_executor


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("process", InProcesses()),
        ("inline", Inline()),
        ("dask:host:1", OnDask("host", 1)),
        ("dask:10.0.0.2:65535", OnDask("10.0.0.2", 65_535)),
        ("dask:[fe80::1]:8786", OnDask("fe80::1", 8786)),
        ("package.module:make.it", FromFactory("package.module:make.it")),
        ("daskmaker:make", FromFactory("daskmaker:make")),
    ],
)
def test_a_choice_is_read_from_its_text(text, choice):
    assert read_executor(text) == choice


@pytest.mark.parametrize(
    "text",
    ["dask", "dask:", "dask:host", "dask:host:", "dask::8786", "dask:host:0", "dask:host:65536", "dask:host:x"],
)
def test_a_cluster_without_the_address_of_its_scheduler_is_refused(text):
    with pytest.raises(ValueError, match=r"^must name the scheduler as dask:HOST:PORT$"):
        read_executor(text)


def test_a_port_in_other_digits_and_an_address_in_dasks_form_are_refused():
    for text in ("dask:host:²", "dask:host:٣", "dask:tcp://host:8786"):
        with pytest.raises(ValueError, match="as dask:HOST:PORT"):
            read_executor(text)


@pytest.mark.parametrize("text", ["", "Process", "processes", "module", "module:", ":name", "a b:c", "module:name()"])
def test_what_is_no_choice_is_refused_with_the_valid_forms(text):
    with pytest.raises(ValueError, match=r"^must be process, inline, dask:HOST:PORT or module:name$"):
        read_executor(text)


@pytest.mark.parametrize(("host", "address"), [("host", "tcp://host:7"), ("fe80::1", "tcp://[fe80::1]:7")])
def test_the_address_of_a_scheduler_has_brackets_around_a_host_with_colons(host, address):
    assert OnDask(host, 7).address == address
