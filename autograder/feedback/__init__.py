"""The feedback pages, and the walls between what students wrote and the people who open a page."""
