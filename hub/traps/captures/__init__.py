"""What was found in a trap: reports with their animals and photos, and the claims that follow.

`records` what a report is, `rules` a town's dated data, `claims` who may decide what, `exif`, `looks` and `findings`
what photos tell (all pure); `images` the only door to Pillow; `store` and `service` the shell.
"""
