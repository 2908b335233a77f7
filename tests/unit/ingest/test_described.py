"""Each reason and each figure of ingest is described where an operator looks for it."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from edge.wire.topics import KINDS_UP
from hub.ingest import metrics
from hub.ingest.arrivals import read_arrival
from hub.ingest.intake import REASONS
from tests.unit.ingest.samples import NOW

DOCS = Path(__file__).parents[3] / "docs"


def test_each_reason_is_explained_to_staff() -> None:
    text = (DOCS / "how-to/quarantine.md").read_text(encoding="utf-8")

    assert not [reason for reason in REASONS if f"`{reason}`" not in text]


def test_each_figure_is_described() -> None:
    text = (DOCS / "reference/ingest.md").read_text(encoding="utf-8")
    names = {
        sample.name
        for name in metrics.__all__
        for family in getattr(metrics, name).collect()
        for sample in family.samples or [family]
    }
    stems = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name in names}

    missing = {stem for stem in stems if not stem.endswith("_created") and f"`{stem}" not in text}
    assert not missing


@given(st.sampled_from([*KINDS_UP, "other"]), st.binary(max_size=200) | st.text().map(str.encode))
def test_whatever_cannot_be_read_has_one_of_the_reasons(kind, payload) -> None:
    arrival = read_arrival(f"wanamori/v1/up/ag-1/boar-1/{kind}", payload, NOW)

    assert arrival.fault is None or arrival.fault.reason in REASONS
