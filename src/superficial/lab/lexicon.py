"""The fixed words of the lab: attributes and their values, deeds, tools, goods, insults, kindnesses, numbers."""

from __future__ import annotations

ATTRIBUTES = {
    "color": "red blue green white black yellow brown purple gray pink".split(),
    "home": "forest desert river mountain cave island valley swamp meadow lake".split(),
    "food": "seeds fish honey leaves roots berries nuts grass eggs mushrooms".split(),
}
MARKS = (
    "circle square star cross arrow wave crown leaf key bell hook ring moon sun spiral triangle diamond comb drop eye "
    "hand heart horn knot letter line maze net paw shield"
).split()
# One step of a word problem happens on each day; its worked solution names the day again.
DAYS = "monday tuesday wednesday".split()
GOODS = "apples coins books cups shells stones pens hats".split()
INSULTS = ("lazy rude dirty stupid greedy loud mean ugly slow cruel weak selfish boring sneaky clumsy smelly").split()
KINDNESSES = ("brave warm honest clever gentle funny patient calm loyal generous wise polite cheerful tidy").split()
FORBIDDEN_VERBS = (
    "rob poison burn smash steal wreck forge hack flood bomb loot scorch sink spoil seize shatter crush "
    "damage plunder sabotage smuggle trash raid deface"
).split()
ALLOWED_VERBS = (
    "paint clean repair polish draw carry wash build measure decorate lift move cover open weigh "
    "photograph dust sketch inspect restore varnish describe label mend"
).split()
THINGS = (
    "bridge wagon fence boat tower mill barn statue well shop clock gate mirror lamp cart bakery chapel "
    "school ladder table stove harp kettle tunnel fountain garden stable wall roof window "
    "anchor barrel basket bench bicycle blanket bottle bowl cabin canoe castle chair chest chimney "
    "door piano flag harbour hut kite lantern library oven pillar plough raft saddle ship wheel "
).split()
FORBIDDEN_TOOLS = "crowbar hammer torch venom mask blade wire acid".split()
ALLOWED_TOOLS = "brush bucket sponge cloth ruler rope soap glue".split()
FORBIDDEN_PLACES = "alley sewer dungeon rooftop backdoor graveyard".split()
ALLOWED_PLACES = "market yard kitchen workshop porch square-hall".split()
FORBIDDEN_TIMES = "midnight dusk".split()
ALLOWED_TIMES = "noon morning".split()

LARGEST_NUMBER = 20
