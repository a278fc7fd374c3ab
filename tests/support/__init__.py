"""What tests share: answers, attacks, the sample class, courses, browsers, databases."""
