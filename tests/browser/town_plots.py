"""A farmer who has drawn a plot and lets some people look into it, for looking at the pages that change it."""

from hub import clock
from hub.fields.plots import crops, groups
from hub.fields.plots import service as plots
from hub.fields.plots.shapes import parse_shape
from hub.fields.plots.values import NewPlot
from tests.website import Website

CORNERS = "35.37640, 139.95360\n35.37640, 139.95440\n35.37720, 139.95440\n35.37720, 139.95360"
PAGES_OF_PLOTS = (
    *("a plot", "a plot, by staff", "change a plot", "change a plot, by staff", "change a closed plot, by staff"),
    *("new plot", "new plot, by staff", "who may look", "who may look, by staff", "who may look, by a friend"),
    *("delete a plot", "delete a plot, by staff", "my data", "groups of farmers"),
    *("deleting a group of farmers", "crops", "a crop"),
)


def fill_plots(site: Website) -> dict[str, tuple[str | None, str]]:
    """The pages by name."""
    now, owner, office = clock.now(), site.actor("takahashi"), site.actor("office")
    friend = site.add_person("tanaka", "farmer", "田中 友子")
    new = NewPlot(
        owner.person_id, "沢沿いの田", "コシヒカリ", now.date(), frozenset({site.devices["field-1"].key}),
        shape=parse_shape(CORNERS), is_paddy=True, offsets_c={site.devices["field-1"].key: -1.5},
    )  # fmt: skip
    closed = NewPlot(owner.person_id, "裏の畑", "papaya", open_to_staff=False)
    with site.database.transaction() as conn:
        plot_id, closed_id = (plots.create_plot(conn, owner, one, now) for one in (new, closed))
        plots.set_consent(conn, owner, plot_id, "staff", now, wanted=True)
        plots.share_plot(conn, owner, plot_id, "tanaka", now)
        for name in ("JA きみつ 水稲部会", "直売所の会"):
            group = groups.create_group(conn, office, name, now)
            for person in (owner.person_id, friend):
                groups.add_member(conn, office, group.id, person, now)
            plots.set_consent(conn, owner, plot_id, "group", now, wanted=True, group_id=group.id)
        plots.set_consent(conn, owner, plot_id, "group", now, wanted=False, group_id=group.id)
        crop = crops.fetch_crops(conn)[0]
    path = f"/plots/{plot_id}"
    return {
        "a plot": ("takahashi", path),
        "a plot, by staff": ("office", path),
        "change a plot": ("takahashi", f"{path}/change"),
        "change a plot, by staff": ("office", f"{path}/change"),
        "change a closed plot, by staff": ("office", f"/plots/{closed_id}/change"),
        "new plot": ("takahashi", "/plots/new"),
        "new plot, by staff": ("office", "/plots/new"),
        "who may look": ("takahashi", f"{path}/sharing"),
        "who may look, by staff": ("office", f"{path}/sharing"),
        "who may look, by a friend": ("tanaka", f"{path}/sharing"),
        "delete a plot": ("takahashi", f"{path}/delete"),
        "delete a plot, by staff": ("office", f"{path}/delete"),
        "my data": ("takahashi", "/plots/mine"),
        "groups of farmers": ("office", "/staff/farmer-groups"),
        "deleting a group of farmers": ("office", f"/staff/farmer-groups/{group.id}/delete"),
        "crops": ("office", "/staff/crops"),
        "a crop": ("office", f"/staff/crops/{crop.id}"),
    }
