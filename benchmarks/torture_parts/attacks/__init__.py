"""The attacks of a campaign."""

from torture_parts.attack import Attack
from torture_parts.attacks.damage import DamagedLibraries
from torture_parts.attacks.failing_calls import FailingCalls
from torture_parts.attacks.guided import GuidedParsers
from torture_parts.attacks.hostile_files import HostileFiles
from torture_parts.attacks.hostile_folders import HostileFolders
from torture_parts.attacks.kills_of_commands import KillsOfCommands
from torture_parts.attacks.kills_of_writer import KillsOfWriter
from torture_parts.attacks.parsers import Parsers
from torture_parts.attacks.power_loss import PowerLoss
from torture_parts.attacks.races import Races
from torture_parts.attacks.services import HostileServices
from torture_parts.attacks.side_files import SideFiles

ATTACKS: tuple[type[Attack], ...] = (
    *(HostileServices, HostileFolders, Races, GuidedParsers),
    *(KillsOfCommands, KillsOfWriter, PowerLoss, FailingCalls),
    *(DamagedLibraries, SideFiles, HostileFiles, Parsers),
)
"""Those whose cases take long come first: every attack is tried once, however short the campaign is."""
