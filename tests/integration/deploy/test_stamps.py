"""Set-up does a step again exactly when something that it read has changed, or what it made has gone."""

from pathlib import Path

from deploy.setup.stamps import Stamps, fingerprint


def test_a_fingerprint_follows_names_contents_and_words(tmp_path: Path) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    seen = {fingerprint([folder])}
    (folder / "a.js").write_text("1")
    seen.add(fingerprint([folder]))
    (folder / "a.js").write_text("2")
    seen.add(fingerprint([folder]))
    (folder / "a.js").rename(folder / "b.js")
    seen.add(fingerprint([folder]))
    seen.add(fingerprint([folder], "3.13"))
    seen.add(fingerprint([folder, tmp_path / "absent"]))
    assert len(seen) == 6
    assert fingerprint([folder, folder / "b.js"]) == fingerprint([folder])


def test_a_step_is_fresh_only_while_its_inputs_and_outputs_stand(tmp_path: Path) -> None:
    stamps, output = Stamps(tmp_path / "stamps"), tmp_path / "made"
    output.touch()
    assert not stamps.is_fresh("step", "mark", outputs=[output])
    stamps.write("step", "mark")
    assert stamps.is_fresh("step", "mark", outputs=[output])
    assert stamps.is_fresh("step", "another", "mark")
    assert not stamps.is_fresh("step", "another")
    output.unlink()
    assert not stamps.is_fresh("step", "mark", outputs=[output])
    stamps.forget("step")
    assert not stamps.is_fresh("step", "mark")
