"""When a page is all there."""

# Whether all scripts that a page asks for have come (assets/scripts/page.mjs), or none are to come.
WHOLE = """() => matchMedia("(scripting: none)").matches || !document.querySelector('script[src*="/page-"]')
    || "whole" in document.body.dataset"""
