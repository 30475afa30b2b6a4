"""The scenarios that the framework ships, and how each one ends.

A scenario's outcome is fixed, so that a client can ask for the one it wants
by choosing the script: a pass, a failed validation, or a crash."""

import uuid
from dataclasses import dataclass, field

#: Everything of the demonstration hangs on ids derived from names: the same
#: in every stack, so that a test can write them down.
NAMESPACE = uuid.UUID("6f1d6a5e-0d5b-4c7e-9f0a-5b0f6a1c2d3e")

TTS_ERROR = "Text-to-speech generation failed: Failed to connect. Probable cause: Unknown"

WEATHER = ("Currently in your area, the weather is partly cloudy with a temperature of 72 degrees "
           "Fahrenheit. There's a 20% chance of rain later today.")
ROUTE = "Starting route now. The fastest route takes approximately 15 minutes via the highway."


def identity(*words):
    return str(uuid.uuid5(NAMESPACE, "/".join(words)))


TENANT = identity("user", "admin")
SUITE = identity("suite", "Ops Smoke Suite")


@dataclass(frozen=True)
class Scenario:
    """One scenario of one spoken step or more. `errors` is what a failing
    validation of it says, empty if it passes; `crash` what a crash says."""
    name: str
    description: str
    utterances: tuple
    response: str
    command: str
    category: str = "other"
    errors: tuple = ()
    expected: str = ""
    language: str = "en-US"
    crash: str = ""
    tags: tuple = field(default=())

    @property
    def id(self):
        return identity("script", self.name)

    def step_id(self, order):
        return identity("step", self.name, str(order))

    @property
    def outcome_id(self):
        return identity("outcome", self.name)

    @property
    def kind_matches(self):
        return not any(error.startswith("CommandKind mismatch") for error in self.errors)

    @property
    def score(self):
        """The validation score as the framework weighs it: the command's kind
        counts more than the content."""
        if not self.errors:
            return 0.985
        return 0.485 if self.kind_matches else 0.285


SCENARIOS = (
    # First on purpose: a quick test without a named script takes the first.
    Scenario("Demo: Weather Query", "Simple weather query - single turn scenario (English only)",
             ("What's the weather like today?",), WEATHER, "WeatherCommand", "weather",
             tags=("demo", "weather", "single-turn")),
    Scenario("Demo: Restaurant Reservation (Multi-Language)",
             "Multi-turn restaurant reservation flow with language variants",
             ("I want to make a dinner reservation", "Italian restaurant please",
              "Tomorrow at 7pm for 4 people"),
             "Sure! Which restaurant would you like?", "ClientMatchCommand", "reservation",
             tags=("demo", "reservation", "multi-turn", "multi-language")),
    Scenario("Demo: Smart Home Control", "Smart home device control scenario (ClientMatchCommand)",
             ("Turn on the living room lights",), "Done! The living room lights have been turned on.",
             "ClientMatchCommand", "smart_home",
             ("Missing entity: 'action'", "Missing entity: 'device'", "Missing entity: 'location'"),
             tags=("demo", "smart-home", "single-turn")),
    Scenario("Test: CommandKind Match PASS", "Weather query matching WeatherCommand - should PASS",
             ("What's the weather forecast for tomorrow?",), WEATHER, "WeatherCommand"),
    Scenario("Test: CommandKind Mismatch FAIL", "Music query expecting WeatherCommand - should FAIL",
             ("Play some music",), "Playing your music music for you now. Enjoy the tunes!", "MusicCommand",
             errors=("CommandKind mismatch: expected WeatherCommand, got MusicCommand",),
             expected="WeatherCommand"),
    Scenario("Test: NoResultCommand FAIL", "Gibberish query expecting WeatherCommand - should FAIL",
             ("asdfghjkl qwertyuiop zxcvbnm",),
             "I understood: asdfghjkl qwertyuiop zxcvbnm. How can I help you further?", "NoResultCommand",
             errors=("CommandKind mismatch: expected WeatherCommand, got NoResultCommand",),
             expected="WeatherCommand"),
    Scenario("Test: Response Content Contains PASS", "Weather query with 'contains' validation - should PASS",
             ("What's the weather today?",), WEATHER, "WeatherCommand"),
    Scenario("Test: Response Content Wrong Contains FAIL",
             "Weather query expecting wrong content words - should FAIL",
             ("What's the weather like?",), WEATHER, "WeatherCommand",
             errors=("Missing required phrase: 'music'", "Missing required phrase: 'playing'",
                     "Missing required phrase: 'song'")),
    Scenario("Test: Music Regex PASS", "Music query with regex validation - should PASS",
             ("Play some jazz music",), "Playing jazz music for you now. Enjoy the tunes!", "MusicCommand"),
    Scenario("Test: High ASR Confidence Threshold FAIL",
             "ASR confidence validation with unrealistic threshold - should FAIL",
             ("What's the weather forecast?",), WEATHER, "WeatherCommand",
             errors=("Confidence too low: 0.95 < 0.99",)),
    Scenario("Test: Spanish Weather Query", "Weather query in Spanish (es-ES)",
             ("¿Cómo está el tiempo hoy?",), WEATHER, "WeatherCommand", language="es-ES",
             errors=("Missing required phrase: 'clima'", "Missing required phrase: 'temperatura'")),
    Scenario("Test: French Weather Query", "Weather query in French (fr-FR)",
             ("Quel temps fait-il aujourd'hui?",), WEATHER, "WeatherCommand", language="fr-FR",
             errors=("Missing required phrase: 'météo'", "Missing required phrase: 'température'")),
    Scenario("Test: Multi-Language Single Step",
             "Single step with EN/ES/FR variants in language_variations",
             ("What's the weather like today?",), WEATHER, "WeatherCommand",
             errors=("Missing entity: 'time'",)),
    Scenario("Test: Multi-Turn Multi-Language Navigation",
             "Multi-turn navigation with language variants per step",
             ("Navigate to downtown",), f"Navigating to downtown. {ROUTE}", "NavigationCommand"),
    Scenario("Test: Temperature Regex PASS", "Weather query with temperature regex validation - should PASS",
             ("What's the temperature?",), WEATHER, "WeatherCommand"),
    Scenario("Test: Navigation Time Regex PASS", "Navigation query with time/duration regex - should PASS",
             ("Navigate to downtown Seattle",), f"Navigating to downtown Seattle. {ROUTE}",
             "NavigationCommand"),
    Scenario("Test: Wrong Regex Pattern FAIL", "Weather query expecting number pattern in text - should FAIL",
             ("What's the weather?",), WEATHER, "WeatherCommand",
             errors=("Regex pattern not matched: '\\d{3}-\\d{3}-\\d{4}'",)),
    Scenario("Test: LLM Ensemble PASS", "Restaurant reservation with LLM semantic validation - should PASS",
             ("I'd like to book a table for dinner tonight",),
             "I understood: I'd like to book a table for dinner tonight. How can I help you further?",
             "ClientMatchCommand", errors=("Missing required phrase: 'reservation'",)),
    Scenario("Test: Hybrid Validation PASS", "Navigation with both Houndify + LLM validation - should PASS",
             ("Navigate to the nearest coffee shop",), f"Navigating to your destination. {ROUTE}",
             "NavigationCommand",
             errors=("Missing required phrase: 'coffee'", "Missing entity: 'modifier'",
                     "Missing entity: 'destination'")),
    Scenario("Test: TTS Failure", "Speech synthesis cannot be reached - the execution crashes",
             ("What's the weather like tonight?",), "", "", crash=TTS_ERROR),
)

BY_ID = {scenario.id: scenario for scenario in SCENARIOS}
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
PASSING = tuple(one for one in SCENARIOS if not one.errors and not one.crash)
FAILING = tuple(one for one in SCENARIOS if one.errors)
