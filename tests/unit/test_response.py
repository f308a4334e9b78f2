# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import gzip
import tracemalloc
import zlib
from io import BytesIO
from itertools import pairwise
from time import sleep

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, HTTPError, ReadTimeout
from urllib3 import HTTPResponse

from datadog_checks.cilium import response as module
from datadog_checks.cilium.response import BodyError, BoundedResponse

MINUTE = 60
GZIP = {'Content-Encoding': 'gzip'}
GZIP_HEADER_WITH_NAME = b'\x1f\x8b\x08\x08\0\0\0\0\0\xff'


class Pieces:
    """A body that arrives in these pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.closed = False

    def read(self, _: int) -> bytes:
        return self.pieces.pop(0) if self.pieces else b''

    def close(self) -> None:
        self.closed = True


def answer(raw, status=200, content_type='text/plain; charset=utf-8', max_seconds=MINUTE, **headers):
    response = requests.Response()
    response.raw = raw
    response.status_code = status
    response.headers.update({'Content-Type': content_type, **headers})
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    return BoundedResponse(response, max_seconds)


def text_of(*pieces: bytes) -> list[str]:
    return list(answer(Pieces(*pieces)).iter_lines())


@pytest.mark.parametrize(
    ('pieces', 'text'),
    [
        ([], []),
        ([b'a 1\nb 2\n'], ['a 1\nb 2\n']),
        ([b'a 1\nb 2'], ['a 1\n', 'b 2']),
        ([b'a 1\n', b'b 2\n'], ['a 1\n', 'b 2\n']),
        ([b'a ', b'1', b'\n', b'b 2\n'], ['a 1\n', 'b 2\n']),
        ([b'a 1\nb', b' 2\nc', b' 3\n'], ['a 1\n', 'b 2\n', 'c 3\n']),
        ([b'\n\na 1\n\n'], ['\n\na 1\n\n']),
        ([b'a\xc3', b'\xa9 1\n'], ['a\xe9 1\n']),
        ([b'\xe2', b'\x82', b'\xac\n'], ['\u20ac\n']),
        ([b'a\xff 1\n'], ['a\ufffd 1\n']),
        ([b'a 1\n\xc3'], ['a 1\n', '\ufffd']),
        ([b'a\r\n', b'b\x0bc\n'], ['a\r\n', 'b\x0bc\n']),
    ],
    ids=repr,
)
def test_the_text_comes_in_pieces_of_whole_lines(pieces, text):
    assert text_of(*pieces) == text


@given(st.text(alphabet='a1 "\\{}=,\n\r\u2028\u00e9\u20ac\U0001f41d'), st.lists(st.integers(0, 60)))
def test_the_text_does_not_depend_on_how_the_body_arrives(text, cuts):
    body = text.encode()
    bounds = [0, *sorted(cut for cut in cuts if cut < len(body)), len(body)]
    pieces = text_of(*(body[start:end] for start, end in pairwise(bounds) if start < end))

    assert ''.join(pieces) == text
    assert all(piece.endswith('\n') for piece in pieces[:-1])


@pytest.mark.parametrize(
    'content_type', ['text/plain', 'text/plain; charset=latin-1', 'text/plain; charset=no-such', '']
)
def test_text_is_utf_8_whatever_the_header_says(content_type):
    response = answer(Pieces('caf\u00e9 1\n'.encode()), content_type=content_type)

    assert list(response.iter_lines()) == ['caf\u00e9 1\n']


class TestContent:
    def test_is_the_whole_body(self):
        assert answer(Pieces(b'a', b'b')).content == b'ab'

    def test_can_be_asked_for_again(self):
        response = answer(Pieces(b'a', b'b'))

        assert response.content == response.content == b'ab'

    def test_does_not_take_the_lines_away(self):
        response = answer(Pieces(b'a 1\nb', b' 2\n'))

        assert len(response.content) == 8
        assert ''.join(response.iter_lines()) == 'a 1\nb 2\n'


@pytest.mark.parametrize('read', [lambda r: list(r.iter_lines()), lambda r: r.content], ids=['lines', 'content'])
class TestBounds:
    def test_size(self, read, monkeypatch):
        monkeypatch.setattr(module, 'MAX_BODY_BYTES', 10)

        assert read(answer(Pieces(b'12345\n', b'789\n')))
        with pytest.raises(BodyError, match='larger than 10 bytes'):
            read(answer(Pieces(b'12345\n', b'789\n', b'\n')))

    def test_size_is_that_of_the_decompressed_body(self, read, monkeypatch):
        monkeypatch.setattr(module, 'MAX_BODY_BYTES', 1000)
        body = gzip.compress(1001 * b'\n')
        assert len(body) < 100

        with pytest.raises(BodyError, match='larger than 1000 bytes'):
            read(answer(Pieces(body), **GZIP))

    def test_size_is_that_of_the_compressed_body_too(self, read, monkeypatch):
        """A header of gzip holds a name of any length, which nothing comes out of."""
        monkeypatch.setattr(module, 'MAX_BODY_BYTES', 1000)

        with pytest.raises(BodyError, match='larger than 1000 bytes'):
            read(answer(Pieces(GZIP_HEADER_WITH_NAME, *(101 * [10 * b'n'])), **GZIP))

    def test_time(self, read):
        class SlowPieces(Pieces):
            def read(self, size: int) -> bytes:
                sleep(0.1)
                return super().read(size)

        with pytest.raises(ReadTimeout, match=r'not complete after 0\.01 seconds'):
            read(answer(SlowPieces(b'a 1\n'), max_seconds=0.01))

    def test_a_body_that_is_cut_off(self, read):
        raw = HTTPResponse(BytesIO(b'a 1\n'), headers={'content-length': '5'}, preload_content=False)

        with pytest.raises(ChunkedEncodingError, match='cut off'):
            read(answer(raw))


class TestCompression:
    BODY = b'a 1\n' * 50_000

    @pytest.mark.parametrize('encoding', ['gzip', 'x-gzip', ' GZIP '])
    @pytest.mark.parametrize('size', [1, 100, 1_000_000])
    def test_gzip(self, encoding, size):
        body = gzip.compress(self.BODY)
        pieces = [body[start : start + size] for start in range(0, len(body), size)]

        assert answer(Pieces(*pieces), **{'Content-Encoding': encoding}).content == self.BODY

    @pytest.mark.parametrize('encoding', ['', 'identity'])
    def test_none(self, encoding):
        assert answer(Pieces(self.BODY), **{'Content-Encoding': encoding}).content == self.BODY

    def test_no_body_at_all(self):
        assert answer(Pieces(), **GZIP).content == b''

    @pytest.mark.parametrize('encoding', ['gzip, gzip', 'gzip,identity', 'deflate', 'br', 'zstd', '\x1b[2j'])
    def test_others_are_refused_by_name(self, encoding):
        with pytest.raises(ContentDecodingError) as e:
            answer(Pieces(gzip.compress(self.BODY)), **{'Content-Encoding': encoding}).content  # noqa: B018

        assert str(e.value) == f'the answer is compressed as {encoding!r}, which the check does not read'

    @pytest.mark.parametrize(
        ('body', 'reason'),
        [
            (b'a 1\n', 'damaged: .*incorrect header'),
            (zlib.compress(BODY), 'damaged: .*incorrect header'),
            (gzip.compress(BODY)[:-8] + bytes(8), 'damaged: .*incorrect data check'),
            (2 * gzip.compress(BODY), 'damaged: something follows its end'),
            (gzip.compress(BODY) + b'\0', 'damaged: something follows its end'),
        ],
        ids=['none', 'another', 'sum', 'two members', 'garbage'],
    )
    def test_a_damaged_one(self, body, reason):
        with pytest.raises(ContentDecodingError, match=reason):
            answer(Pieces(body), **GZIP).content  # noqa: B018

    @pytest.mark.parametrize('missing', [1, 8, 20])
    def test_one_without_its_end(self, missing):
        with pytest.raises(ChunkedEncodingError, match='cut off: the end of its compressed data is missing'):
            answer(Pieces(gzip.compress(self.BODY)[:-missing]), **GZIP).content  # noqa: B018

    def test_a_piece_is_small_however_much_comes_out_of_it(self):
        body = gzip.compress(bytes(100_000_000))
        response = answer(Pieces(body), **GZIP)
        tracemalloc.start()

        sizes = [len(chunk) for chunk in response._chunks()]

        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(sizes) == 100_000_000
        assert peak < 1_000_000


def test_a_line_that_is_too_long(monkeypatch):
    monkeypatch.setattr(module, 'MAX_LINE_CHARACTERS', 10)

    assert text_of(b'1234567890', b'\n') == ['1234567890\n']
    with pytest.raises(BodyError, match='longer than 10 characters'):
        text_of(b'12345', b'67890', b'1', b'\n')


def test_lines_come_before_the_body_is_complete():
    raw = Pieces(b'a 1\nb', b' 2\n')

    assert next(answer(raw).iter_lines()) == 'a 1\n'
    assert raw.pieces == [b' 2\n']


def test_status():
    assert answer(Pieces()).raise_for_status() is None
    with pytest.raises(HTTPError, match='500'):
        answer(Pieces(), status=500).raise_for_status()


def test_headers():
    assert answer(Pieces(), Content_Length='3').headers['Content_Length'] == '3'


def test_leaving_the_context_closes_the_connection():
    raw = Pieces(b'a 1\n')

    with answer(raw) as response:
        assert not raw.closed
        next(response.iter_lines())

    assert raw.closed
