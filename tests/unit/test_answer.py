# (C) Cilium integration authors 2026-present
# All rights reserved
# Licensed under a 3-clause BSD style license (see LICENSE)
from __future__ import annotations

import gzip
import tracemalloc
import zlib
from io import BytesIO
from itertools import pairwise

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, HTTPError, ReadTimeout
from urllib3 import HTTPResponse

from datadog_checks.cilium.scraping.answer import CHUNK_BYTES, Answer, BodyError
from datadog_checks.cilium.scraping.deadline import Deadline
from datadog_checks.cilium.scraping.limits import MAX_BODY_BYTES, MAX_LINE_CHARACTERS

MINUTE = 60
GZIP = {'Content-Encoding': 'gzip'}
GZIP_HEADER_WITH_NAME = b'\x1f\x8b\x08\x08\0\0\0\0\0\xff'


class Pieces:
    """A body that arrives in these pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.closed = False

    def read1(self, _: int, decode_content: bool) -> bytes:
        assert not decode_content
        return self.pieces.pop(0) if self.pieces else b''

    def close(self) -> None:
        self.closed = True


def answer(raw, status=200, content_type='text/plain; charset=utf-8', max_bytes=MAX_BODY_BYTES, **headers):
    response = requests.Response()
    response.raw = raw
    response.status_code = status
    response.headers.update({'Content-Type': content_type, **headers})
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    return Answer(response, Deadline(MINUTE), max_bytes)


def text_of(*pieces: bytes) -> list[str]:
    return list(answer(Pieces(*pieces)).pieces())


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

    assert list(response.pieces()) == ['caf\u00e9 1\n']


class TestContent:
    def test_is_the_whole_body(self):
        assert answer(Pieces(b'a', b'b')).content == b'ab'

    def test_can_be_asked_for_again(self):
        response = answer(Pieces(b'a', b'b'))

        assert response.content == response.content == b'ab'

    def test_does_not_take_the_lines_away(self):
        response = answer(Pieces(b'a 1\nb', b' 2\n'))

        assert len(response.content) == 8
        assert ''.join(response.pieces()) == 'a 1\nb 2\n'


@pytest.mark.parametrize('read', [lambda r: list(r.pieces()), lambda r: r.content], ids=['pieces', 'content'])
class TestBounds:
    def test_size(self, read):
        assert read(answer(Pieces(b'12345\n', b'789\n'), max_bytes=10))
        with pytest.raises(BodyError, match='larger than 10 bytes'):
            read(answer(Pieces(b'12345\n', b'789\n', b'\n'), max_bytes=10))

    def test_size_is_that_of_the_decompressed_body(self, read):
        body = gzip.compress(1001 * b'\n')
        assert len(body) < 100

        with pytest.raises(BodyError, match='larger than 1000 bytes'):
            read(answer(Pieces(body), max_bytes=1000, **GZIP))

    def test_size_is_that_of_the_compressed_body_too(self, read):
        """A header of gzip holds a name of any length, which nothing comes out of."""
        with pytest.raises(BodyError, match='larger than 1000 bytes'):
            read(answer(Pieces(GZIP_HEADER_WITH_NAME, *(101 * [10 * b'n'])), max_bytes=1000, **GZIP))

    def test_by_default_a_few_kb_of_gzip_give_64_mb_at_most(self, read):
        assert MAX_BODY_BYTES == 64 * 1024 * 1024
        body = gzip.compress(bytes(MAX_BODY_BYTES + 1))
        assert len(body) < MAX_BODY_BYTES // 500

        with pytest.raises(BodyError, match=f'larger than {MAX_BODY_BYTES} bytes'):
            read(answer(Pieces(body), **GZIP))

    def test_time(self, read):
        late = answer(Pieces(b'a 1\n'))
        late.deadline.end()

        with pytest.raises(ReadTimeout, match=r'not read and submitted within 60 seconds'):
            read(late)

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

    @pytest.mark.parametrize('encoding', ['gzip, gzip', 'gzip,identity', 'deflate', 'br', 'zstd', '[2j'])
    def test_others_are_refused_by_name(self, encoding):
        with pytest.raises(ContentDecodingError) as e:
            answer(Pieces(gzip.compress(self.BODY)), **{'Content-Encoding': encoding}).content  # noqa: B018

        assert str(e.value) == f'the response is compressed as {encoding!r}, which the check does not support'

    @pytest.mark.parametrize(
        ('body', 'reason'),
        [
            (b'a 1\n', 'damaged: .*incorrect header'),
            (zlib.compress(BODY), 'damaged: .*incorrect header'),
            (gzip.compress(BODY)[:-8] + bytes(8), 'damaged: .*incorrect data check'),
            (2 * gzip.compress(BODY), 'damaged: data follows its end'),
            (gzip.compress(BODY) + b'\0', 'damaged: data follows its end'),
        ],
        ids=['none', 'another', 'sum', 'two members', 'garbage'],
    )
    def test_a_damaged_one(self, body, reason):
        with pytest.raises(ContentDecodingError, match=reason):
            answer(Pieces(body), **GZIP).content  # noqa: B018

    @pytest.mark.parametrize('missing', [1, 8, 20])
    def test_one_without_its_end(self, missing):
        with pytest.raises(ChunkedEncodingError, match='cut off: its compressed data is incomplete'):
            answer(Pieces(gzip.compress(self.BODY)[:-missing]), **GZIP).content  # noqa: B018

    def test_a_piece_is_small_however_much_comes_out_of_it(self):
        size = MAX_BODY_BYTES // 2
        response = answer(Pieces(gzip.compress(b'1234567\n' * (size // 8))), **GZIP)
        tracemalloc.start()

        sizes = [len(piece) for piece in response.pieces()]

        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(sizes) == size
        assert peak < 1_000_000


class TestTime:
    """Of what there is, little is worked on after the end of the time."""

    BODY = b'a 1\n' * 1_000_000

    @pytest.mark.parametrize('is_compressed', [False, True], ids=['', 'gzip'])
    @pytest.mark.parametrize('is_read_at_once', [False, True], ids=['', 'content'])
    def test_one_piece_at_most_comes_after_it(self, is_compressed, is_read_at_once):
        body = gzip.compress(self.BODY) if is_compressed else self.BODY
        response = answer(Pieces(body[: len(body) // 2], body[len(body) // 2 :]), **(GZIP if is_compressed else {}))
        if is_read_at_once:
            assert response.content == self.BODY
        pieces = response.pieces()
        assert next(pieces)
        response.deadline.end()

        with pytest.raises(ReadTimeout):
            next(pieces)

    def test_what_was_read_at_once_comes_in_small_pieces(self):
        response = answer(Pieces(self.BODY))
        assert response.content == self.BODY

        assert max(map(len, response.pieces())) <= CHUNK_BYTES


class TestLongLines:
    """Bad ones: `MAX_LINE_CHARACTERS` are read of them, and one more."""

    @pytest.mark.parametrize('arrives', [1000, 1_000_000], ids=['in pieces', 'at once'])
    def test_they_lose_their_end_and_no_other_line_does(self, arrives):
        body = b'a 1\n' + 100_000 * b'x' + b'\nb 1\n'
        pieces = [body[start : start + arrives] for start in range(0, len(body), arrives)]
        first, long, last = ''.join(answer(Pieces(*pieces)).pieces()).splitlines()

        assert (first, last) == ('a 1', 'b 1')
        assert long == len(long) * 'x'
        assert len(long) > MAX_LINE_CHARACTERS

    def test_one_without_an_end_takes_no_memory(self):
        tracemalloc.start()
        (text,) = answer(Pieces(*(1000 * [10_000 * b'x']))).pieces()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert MAX_LINE_CHARACTERS < len(text) <= 2 * MAX_LINE_CHARACTERS
        assert peak < 1_000_000


def test_lines_come_before_the_body_is_complete():
    raw = Pieces(b'a 1\nb', b' 2\n')

    assert next(answer(raw).pieces()) == 'a 1\n'
    assert raw.pieces == [b' 2\n']


def test_status():
    assert answer(Pieces()).raise_for_status() is None
    with pytest.raises(HTTPError, match='500'):
        answer(Pieces(), status=500).raise_for_status()
    for status in (300, 302, 304, 399):
        with pytest.raises(HTTPError, match='leads elsewhere'):
            answer(Pieces(), status=status).raise_for_status()


def test_content_type():
    assert answer(Pieces(), content_type='text/html').content_type == 'text/html'


def test_headers():
    assert answer(Pieces(), Content_Length='3').headers['Content_Length'] == '3'


def test_leaving_the_context_closes_the_connection():
    raw = Pieces(b'a 1\n')

    with answer(raw) as response:
        assert not raw.closed
        next(response.pieces())

    assert raw.closed
