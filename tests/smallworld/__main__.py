"""`python -m tests.smallworld`: how many classes of states there are, and how many moves between them."""

from tests.smallworld.survey import survey

found = survey()
classes = sum(found.classes.values())
print(f"{classes} classes of states, {found.edges} moves, {len(found.trapped)} without a way out")
for phase, number in sorted(found.classes.items()):
    print(f"{number:7} {phase}")
