"""nbgrader's formgrader in a real browser: its tab of JupyterLab, its tables, buttons and dialogs."""

from contextlib import AbstractContextManager

from playwright.sync_api import Locator, Page, expect

from support.browser import PICTURES, menu


class Formgrader:
    """Formgrader in its tab of JupyterLab."""

    def __init__(self, page: Page) -> None:
        """Open it by JupyterLab's menu."""
        menu(page, "Nbgrader", "Formgrader")
        self.page, self.frame = page, page.frame_locator(".jp-IFrame iframe")

    def _address(self) -> str:
        return next(frame.url for frame in self.page.frames if "/formgrader" in frame.url)

    def open(self, *links: str) -> None:
        """Follow links, one after the other; the next one is looked for on the next page."""
        for link in links:
            before = self._address()
            self.frame.get_by_role("link", name=link, exact=True).click()
            for _ in range(200):  # of the page that is open already the address stays
                if self._address() != before:
                    break
                self.page.wait_for_timeout(25)

    def row(self, text: str) -> Locator:
        """The row of a table that has that text."""
        return self.frame.locator("#main-table tr", has_text=text)

    def press(self, text: str, button: str, words: str) -> None:
        """Press a button in a row, and read the words of success in the dialog that it opens."""
        self.row(text).locator(f".{button} a").click()
        dialog = self.frame.locator(".modal.in")
        expect(dialog.locator(".modal-body p").first).to_have_text(words)
        dialog.get_by_role("button", name="OK").click()
        expect(dialog).to_have_count(0)

    def saving(self, what: str) -> AbstractContextManager[object]:
        """Wait until formgrader has saved a grade or a comment."""
        return self.page.expect_response(
            lambda answer: f"/formgrader/api/{what}/" in answer.url and answer.request.method == "PUT"
        )

    def picture(self, name: str) -> None:
        """Keep how it looks."""
        self.page.screenshot(path=PICTURES / f"formgrader-{name}.png")
