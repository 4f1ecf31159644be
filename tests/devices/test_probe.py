"""A probe finds its own device and nobody else, in bounded time, and sends nothing that moves or sets."""

from __future__ import annotations

import asyncio
import random

import pytest

from drivers.errors import LinkLost
from drivers.interfaces import Link
from drivers.links.memory import NullModem
from drivers.probe import Forbidden, Muzzled
from drivers.registry import models
from drivers.search import candidates, try_model
from drivers.shelf import probe_of
from drivers.values import Motion
from tests.devices.allowed import ALLOWED, is_allowed
from tests.devices.far_ends import MODELS, STRANGERS, device, settings_of, stranger
from tests.drivers.capture import Tapped
from tests.drivers.virtual import virtual

PROBED = list(models())
SLACK_S = 0.5
SEARCH_MAX_S = 75


async def tried(model: str, cable: NullModem) -> bool:
    """Whether the model is found; everything that went over the wire was on its list, and in time."""
    tap = Tapped(cable.a)
    shelf = models()[model].shelf
    began = asyncio.get_running_loop().time()
    result = await try_model(model, "memory:x", lambda _: tap)
    took_s = asyncio.get_running_loop().time() - began
    assert took_s <= probe_of(shelf).LONGEST_S + SLACK_S
    assert [data for data in tap.sent if not is_allowed(model, data)] == []
    assert list(result.sent) == tap.sent
    return result.found is not None


@pytest.mark.parametrize("running", [False, True], ids=["standing", "running"])
@pytest.mark.parametrize("far_end", MODELS)
@virtual
async def test_only_its_own_device_is_found_and_none_is_touched(far_end: str, running: bool) -> None:
    """Every probe at every device: the pump goes on as it was set."""
    for model in PROBED:
        cable = NullModem()
        async with device(far_end, cable, running=running) as pump:
            before = settings_of(pump)
            assert before.motion is (Motion.INFUSING if running else Motion.STOPPED)
            assert await tried(model, cable) == (model == far_end)
            assert settings_of(pump) == before


@pytest.mark.parametrize("far_end", STRANGERS)
@virtual
async def test_a_stranger_is_nobody(far_end: str) -> None:
    answer, noisy = STRANGERS[far_end]
    for model in PROBED:
        cable = NullModem()
        async with stranger(cable, answer, noise=random.Random(model) if noisy else None):
            assert not await tried(model, cable)


@virtual
async def test_a_link_that_cannot_be_had_is_said() -> None:
    for model in PROBED:
        cable = NullModem()
        cable.unplug()
        with pytest.raises(LinkLost, match="unplugged"):
            await tried(model, cable)


@virtual
async def test_a_link_is_free_again_after_a_probe() -> None:
    for model in PROBED:
        cable = NullModem()
        await tried(model, cable)
        await cable.a.open(lambda _: None, lambda _: None)
        await cable.a.close()


@virtual
async def test_what_is_not_on_the_list_is_not_sent() -> None:
    cable = NullModem()
    heard: list[bytes] = []
    await cable.b.open(heard.append, lambda _: None)
    link: Link = Muzzled(cable.a, lambda data: data == b"ask")
    await link.open(lambda _: None, lambda _: None)
    link.write(b"ask")
    with pytest.raises(Forbidden, match="may not send 52554e"):
        link.write(b"RUN")
    await asyncio.sleep(0)
    assert heard == [b"ask"]


def test_every_question_is_on_both_lists() -> None:
    assert set(ALLOWED) == set(PROBED)
    for model in PROBED:
        shelf = models()[model].shelf
        prober = probe_of(shelf)
        assert all(prober.may_send(data) and is_allowed(model, data) for data in prober.QUESTIONS)
        assert bool(prober.QUESTIONS) == bool(ALLOWED[model])


def test_those_that_speak_unasked_are_tried_first() -> None:
    order = candidates("serial:/dev/ttyUSB0")
    silent = [name for name in order if not ALLOWED[name]]
    assert order[: len(silent)] == silent
    assert candidates("serial:/dev/ttyUSB0", "s5-dri") == ["s5-dri"]
    assert "dianet-star" not in candidates("udp:127.0.0.1:24105")
    with pytest.raises(ValueError, match="expected serial:PATH"):
        candidates("ttyUSB0")


def test_the_whole_search_is_bounded() -> None:
    """What the page says of a port on which nobody answers."""
    longest = [probe_of(models()[name].shelf).LONGEST_S for name in candidates("serial:/dev/ttyUSB0")]
    assert sum(longest) <= SEARCH_MAX_S
