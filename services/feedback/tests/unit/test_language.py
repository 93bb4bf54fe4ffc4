"""Tests in which language a text is taken to be, and which words get the answer that offers help."""

from __future__ import annotations

import pytest

from feedback.conversation.language import help_for, other_language

OTHERS = {
    "Englisch": "Wir brauchen eine neue Seite",
    "l'anglais": "Nous avons besoin d'une nouvelle page",
    "inglés": "Necesitamos una nueva página",
    "l'inglese": "Abbiamo bisogno di una pagina nuova",
    "Aqui só": "Precisamos de uma nova página",
    "Engels": "We hebben een nieuwe pagina nodig",
    "engelska": "Vi behöver en ny sida",
    "angielski": "Potrzebujemy nowej strony",
    "İngilizce": "Yeni bir sayfaya ihtiyacımız var",
    "английский": "Нам нужна новая страница",
    "англійську": "Нам потрібна нова сторінка з кнопкою і меню",
    "英語": "新しいページが必要です",
    "영어": "새 페이지가 필요합니다",
    "الإنجليزية": "نحتاج إلى صفحة جديدة",
    "अंग्रेज़ी": "हमें एक नया पेज चाहिए",
    "英语": "我们需要一个新的设计",
}
ENGLISH = """
    ok
    Figma
    Tabs or drawer
    Nurses, night shift, gloves, low light
    café menu redesign
    naïve users
    El Niño app
    via email, per month, pro plan
    The word “Ich möchte” appears on the German page
    lorem ipsum dolor sit amet
    🔥
    42
"""
NEED_HELP = """
    I want to kill myself
    sometimes i hurt myself at night
    i don’t want to live anymore
    my dad hits me
    my stepfather touches me
    I'm scared to go home
    I was raped
    my sister is cutting herself
    thinking about suicide
    everyone would be better off without me
    i have been self harming
    my boyfriend beats me up
    I'm being abused
    i wish i was dead
    We decided to use tabs. Also I want to die.
    Ich will mich umbringen
    quiero morir
    je veux mourir
    死にたい
    я хочу умереть
"""
NEED_NONE = """
    kill the feature
    this is killing me
    I could kill myself laughing
    I cut myself off there
    we design an app for people who self-harm
    an app for suicide prevention
    users abuse the coupon system
    my boss beats me to it
    it hits me that the button is too small
    the modal hits me in the face every time
    I want to die on that hill
    dead simple
    the client wants to kill the project
    hit me with ideas
    I don't want to live with this layout
    they lock me out of my account
    my manager kicked me out of the meeting
    she touched me with her story
    I don't want to be here
"""


def lines(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines()]


@pytest.mark.parametrize(("word", "text"), OTHERS.items())
def test_another_language_is_answered_in_it_by_one_sentence(word: str, text: str) -> None:
    language = other_language(text)
    assert language is not None
    assert word in language.says
    assert len([mark for mark in language.says if mark in ".。！!?"]) <= 2  # one, or two in Japanese


@pytest.mark.parametrize("text", lines(ENGLISH))
def test_english_and_what_is_too_short_is_english(text: str) -> None:
    assert other_language(text) is None


@pytest.mark.parametrize("text", lines(NEED_HELP))
def test_words_of_self_harm_or_abuse_get_help(text: str) -> None:
    answer = help_for(text)
    assert answer
    assert not any(character.isdigit() for character in answer)
    assert "http" not in answer


@pytest.mark.parametrize("text", lines(NEED_NONE))
def test_figures_of_speech_and_the_work_itself_get_no_such_answer(text: str) -> None:
    assert help_for(text) is None
