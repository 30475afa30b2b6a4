"""What a program is to the measurement."""

from dataclasses import dataclass, field

ALL_PHASES = ("start", "idle", "keys", "preview", "resize", "flood", "exits")


@dataclass
class Program:
    """A program, how it is used, and how it is known to be ready."""

    name: str
    argv: list
    about: str = ""
    #: On the screen once the program can be used, and once it shows what it is asked for.
    ready: str = r"\S"
    data: str | None = None
    environment: dict = field(default_factory=dict)
    #: Pressed once after the start, a number being seconds to wait, and once before the flood: there the order of the rows must stay.
    prepare: tuple = ()
    before_flood: tuple = ()
    keys: tuple = ("Down", "Up")
    leave: tuple = ("q",)
    phases: tuple = tuple(phase for phase in ALL_PHASES if phase != "preview")
    #: The key that opens a preview, what is then on the screen, and the key that closes it.
    preview: tuple = ()
    #: Gives the times at which its server was polled, in seconds.
    polls: object = None
    #: So many seconds without output are calm at the start.
    calm: float = 0.3
    #: So many seconds pass before an idle window, for what only the start costs.
    warm_up: float = 1.0
    #: Whether the idle window must not see the minute turn, for a screen that shows the time.
    within_minute: bool = False
