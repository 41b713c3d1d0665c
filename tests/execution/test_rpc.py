"""Questions to the student's kernel: none is lost, however badly it is timed."""

import asyncio
import time

import pytest

from autograder.execution.rpc import SILENT_SECONDS, AgentSession
from autograder.kernel_side.agent import NEXT, NO_MORE
from autograder.outcome import Outcome


class Echo:
    """A session whose agent answers each question with itself, as one execution."""

    def __init__(self):
        self.heard = []

    async def execute(self, cell, seconds, exchange):
        answer = ""
        while (question := await exchange(NEXT + answer)) != NO_MORE:
            self.heard.append(question)
            answer = question
        return Outcome.FINISHED


@pytest.mark.parametrize("steps", range(8))
def test_a_question_that_comes_as_the_wait_ends_is_answered(steps):
    """Stall the event loop, so that the end of the wait and the question are due together."""

    async def exchange():
        agent_session = AgentSession(Echo(), call_seconds=5)
        assert await agent_session.ask("one") == "one"
        await asyncio.sleep(SILENT_SECONDS / 2)  # the agent now waits for the next question
        time.sleep(SILENT_SECONDS)
        for _ in range(steps):
            await asyncio.sleep(0)
        if not agent_session.ended:
            assert await agent_session.ask("two") == "two"
        return await agent_session.end()

    assert asyncio.run(exchange()) is Outcome.FINISHED


def test_a_talk_ends_when_no_question_comes():
    async def fall_silent():
        session = Echo()
        agent_session = AgentSession(session, call_seconds=5)
        await agent_session.ask("one")
        async with asyncio.timeout(10):
            while not agent_session.ended:
                await asyncio.sleep(SILENT_SECONDS / 10)
        return agent_session.ended, await agent_session.end(), session.heard

    assert asyncio.run(fall_silent()) == (True, Outcome.FINISHED, ["one"])
