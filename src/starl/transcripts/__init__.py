"""Timed talk of several people: WebVTT, SRT and Whisper's JSON -> `Transcript` -> the candidate's answer.

The readers take the words of a file with their times and speakers; `spoken` picks the candidate, and gives
the text of the answer with a map from its characters to seconds and turns. Nothing here needs spaCy.
"""

from starl.errors import TranscriptError
from starl.transcripts.captions import read_srt, read_vtt
from starl.transcripts.files import read_transcript
from starl.transcripts.speech import Spoken, SpokenTurn, SpokenWord, spoken
from starl.transcripts.turns import Transcript, Turn, Word, spread
from starl.transcripts.whisper import read_whisper

__all__ = [
    "Spoken",
    "SpokenTurn",
    "SpokenWord",
    "Transcript",
    "TranscriptError",
    "Turn",
    "Word",
    "read_srt",
    "read_transcript",
    "read_vtt",
    "read_whisper",
    "spoken",
    "spread",
]
