"""Holds a lesson's file without mistakes, in which tests make one mistake each."""

from __future__ import annotations

LESSON = """---
key: internet/ip-addresses
title: Every device has an address
topic: internet
sequence: 2
difficulty: beginner
minutes: 3
summary: What an IP address is and what it is not.
sources: [{title: RFC 791, url: "https://www.rfc-editor.org/rfc/rfc791"}]
exercises:
  - id: which-is-v4
    type: multiple_choice
    prompt: Which of these could be an IPv4 address?
    options: [{text: 192.0.2.17, correct: true}, {text: 300.1.1.1, why: Each part ends at 255.}]
    hints: [Look at how large each part is., Each part is one byte., "Worked: in 10.0.0.999 the last is too large."]
    explanation: Four numbers from 0 to 255.
  - id: parts
    type: free_text
    prompt: What does one call eight bits?
    accepted: [byte, an octet]
    typos: 1
    not: [bite]
    hints: [It is a word of computing., It sounds like a mouthful., Four bits are a nibble.]
    explanation: Eight bits are one byte.
  - id: order
    type: ordering
    prompt: From small to large.
    items: [bit, byte, kilobyte]
    hints: [Think of sizes., One of them is a single choice., A cent comes before a euro.]
    explanation: Eight bits make a byte.
---
Every device in a network has an address. It is a number.

{{exercise: which-is-v4}}

People write the number in four parts. See [the standard](https://www.rfc-editor.org/rfc/rfc791).

{{exercise: parts}}

{{exercise: order}}
"""


def changed(old: str, new: str) -> str:
    """Returns the file with one thing changed."""
    assert LESSON.count(old) == 1, old
    return LESSON.replace(old, new)
