"""One round of identification: some groups, what each asks next, and how each ends. Pure, no threads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from passagework.actors.messages.linker import LookupFailed
from passagework.domain.identification.linking.links import identify
from passagework.domain.identification.planning.answers import Answer, Answers
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.identification.planning.joint_plan import together
from passagework.domain.identification.planning.plan import Plan, plan
from passagework.domain.identification.planning.requests import Question, Request, questions_of
from passagework.domain.links import FileLinks
from passagework.domain.waiting import WaitingFile

Group = tuple[WaitingFile, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A group about which nothing more is asked, with the links of its files."""

    links: tuple[FileLinks, ...]


@dataclass(frozen=True, slots=True)
class Recut:
    """A group with files that hold releases and are cut otherwise; it is pulled again when they are cut.

    ``lists`` are the track lists to cut by, as they are stored; None: by the sound.
    """

    group: Group
    lists: Mapping[bytes, str | None]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A group that cannot be decided now, since a service could not answer."""

    group: Group
    failed: LookupFailed


@dataclass(frozen=True, slots=True)
class Defective:
    """A group on which our own code failed."""

    group: Group
    reason: str


GroupEnd = Decided | Recut | Unanswered | Defective


@dataclass(slots=True)
class _Open:
    """A group in progress: its plan as of now, and every question that it ever had."""

    group: Group
    plan: Plan | None = None
    questions: set[str] = field(default_factory=set)

    def plan_questions(self) -> Iterator[Question]:
        """Return the questions whose answers would change the plan."""
        if self.plan:
            yield from _questions(self.plan.requests)
            yield from self.plan.recalls


class IdentificationRound:
    """Every group ends independently, as one of GroupEnd; what several groups ask is asked once."""

    def __init__(self, groups: Iterable[Group], capabilities: Capabilities) -> None:
        self._open = {number: _Open(group) for number, group in enumerate(groups)}
        self._capabilities = capabilities
        self._answers: dict[str, Answer] = {}
        self._given: dict[str, int] = {}
        self._failed: dict[str, LookupFailed] = {}
        self._recalled: set[str] = set()
        self._asked: set[str] = set()

    @property
    def done(self) -> bool:
        """Whether every group has ended."""
        return not self._open

    def ended(self) -> Iterator[GroupEnd]:
        """Plan all groups with new answers, and yield each group that ends, once."""
        # By number, so that what is known about a group that has ended is not kept until the last one has.
        for number in list(self._open):
            one = self._open[number]
            try:
                end = self._step(one)
            except Exception as error:  # noqa: BLE001 - a defect costs this group, and no other
                end = Defective(one.group, f"{type(error).__name__}: {error}")
            if end is not None:
                del self._open[number]
                yield end

    def _step(self, one: _Open) -> GroupEnd | None:
        """Take a group as far as the answers go. There are five cases.

        - the library was not yet asked for stored answers: the group stays;
        - some of its files are to be cut otherwise first: it ends, since its passages will be others;
        - nothing is left to ask: the group is decided, as of its oldest answer;
        - nothing that it asks can be answered in this run: it cannot be decided now;
        - otherwise it waits for answers.
        """
        if one.plan is None:
            one.plan = plan(one.group, Answers(self._answers), self._capabilities)
            # Where no service is asked, neither is a question, of any of the files.
            if one.plan.requests or one.plan.recalls:
                one.questions.update(question.key for question in one.plan_questions())
        if one.plan.recalls and any(question.key not in self._recalled for question in one.plan.recalls):
            return None
        if one.plan.cuts:
            return Recut(one.group, one.plan.cuts)
        if not one.plan.requests:
            # The oldest answer dates the decision: with a newer date, an old answer would replace later statements.
            given = [self._given[key] for key in one.questions if key in self._given]
            links = identify(one.group, one.plan.evidence, min(given) if given else None, one.plan.standing)
            return Decided(_causes_last(one.group, links))
        failed = self._why_unanswered(one.plan)
        return Unanswered(one.group, failed) if failed else None

    def to_recall(self) -> tuple[Question, ...]:
        """Return the questions whose answers may be in the library, each once."""
        wanted = {question.key: question for one in self._open.values() for question in one.plan_questions()}
        new = tuple(question for key, question in wanted.items() if key not in self._recalled)
        self._recalled.update(question.key for question in new)
        return new

    def to_ask(self) -> tuple[Request, ...]:
        """Return the requests that have to be sent now, each once."""
        wanted = [request for one in self._open.values() if one.plan for request in one.plan.requests]
        requests = []
        for request in together(wanted, without=frozenset(self._asked | self._failed.keys() | self._answers.keys())):
            self._asked.update(question.key for question in questions_of(request))
            requests.append(request)
        return tuple(requests)

    def answered(self, answers: Mapping[str, tuple[Answer, int]]) -> None:
        """Take in answers, each with the time when it was given; the groups that asked for them plan again."""
        for key, (answer, given) in answers.items():
            self._answers[key] = answer
            self._given[key] = given
        self._asked -= answers.keys()
        for one in self._open.values():
            if any(question.key in answers for question in one.plan_questions()):
                one.plan = None

    def failed(self, news: LookupFailed) -> None:
        """Note which requests have no answer for now."""
        for question in _questions(news.requests):
            self._failed[question.key] = news
            self._asked.discard(question.key)

    def go_on_without(self, capabilities: Capabilities, requests: Sequence[Request]) -> None:
        """Plan again after the service turned out to lack a capability."""
        self._capabilities = capabilities
        self._asked -= {question.key for question in _questions(requests)}
        for one in self._open.values():
            one.plan = None

    def _why_unanswered(self, of: Plan) -> LookupFailed | None:
        """Return the failure that stops a group, if nothing that it asks can still be answered."""
        missing = [question.key for question in _questions(of.requests) if question.key not in self._answers]
        if all(key in self._failed for key in missing):
            return next((self._failed[key] for key in missing), None)
        return None


def _causes_last(group: Group, links: Iterable[FileLinks]) -> tuple[FileLinks, ...]:
    """Put the files for which the group was pulled behind the others.

    They are written in this order, so that after a crash the group is pulled again, unless all of it is written.
    """
    waiting = {file.path for file in group if any(passage.due for passage in file.passages)}
    return tuple(sorted(links, key=lambda one: one.path in waiting))


def _questions(requests: Iterable[Request]) -> Iterator[Question]:
    for request in requests:
        yield from questions_of(request)
