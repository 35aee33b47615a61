"""Every kind of file a doctor may send, and every kind that must be refused before it costs anything."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from lesion.image import ImageSpec, InvalidImage, decode, load, prepare

SPEC = ImageSpec(size=64)


def scene(width: int = 320, height: int = 240) -> Image.Image:
    """A smooth picture, red to the right and green downwards, so that turning and mirroring show."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, np.full_like(x, 60)], axis=-1).astype(np.uint8))


def directory(tags: dict[int, int]) -> bytes:
    """A TIFF directory of whole numbers."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return struct.pack("<H", len(tags)) + entries + bytes(4)


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_every_format_gives_the_same_picture(file_format: str) -> None:
    pixels = load(encoded(scene(), file_format), SPEC)
    assert pixels.shape == (64, 64, 3)
    assert pixels.dtype == np.uint8
    expected = prepare(scene(), SPEC)
    assert np.abs(pixels.astype(int) - expected).mean() < 3


def test_scaled_decoding_stays_near_the_full_decode() -> None:
    rng = np.random.default_rng(0)
    detail = Image.fromarray(rng.integers(0, 256, (96, 128, 3), np.uint8)).resize((1024, 768), Image.Resampling.BICUBIC)
    data = encoded(detail, "JPEG", quality=92)
    full = prepare(decode(data), SPEC).astype(int)
    assert decode(data, at_least=64).size == (128, 96)
    assert np.abs(load(data, SPEC) - full).mean() < 2


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(orientation: int, file_format: str) -> None:
    turned = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = scene() if turned is None else scene().transpose(turned)
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = decode(encoded(stored, file_format, exif=exif.tobytes()), at_least=64)
    assert upright.width > upright.height
    assert np.abs(prepare(upright, SPEC).astype(int) - prepare(scene(), SPEC)).mean() < 3


def test_transparent_parts_become_black() -> None:
    image = scene().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    assert load(encoded(image, "PNG"), SPEC).max() == 0


def test_a_transparent_color_becomes_black() -> None:
    palette = Image.new("P", (70, 70), 3)
    palette.putpalette([200] * 768)
    assert load(encoded(palette, "PNG", transparency=3), SPEC).max() == 0
    assert load(encoded(palette, "PNG", transparency=4), SPEC).min() == 200
    white = Image.new("RGB", (70, 70), (255, 255, 255))
    assert load(encoded(white, "PNG", transparency=(255, 255, 255)), SPEC).max() == 0
    gray = Image.fromarray(np.full((70, 70), 50000, np.uint16))
    assert load(encoded(gray, "PNG", transparency=50000), SPEC).max() == 0
    assert load(encoded(gray, "PNG"), SPEC).min() == 195


def test_half_transparent_gray() -> None:
    gray = Image.merge("LA", (Image.new("L", (70, 70), 200), Image.new("L", (70, 70), 128)))
    assert abs(int(load(encoded(gray, "PNG"), SPEC)[32, 32, 0]) - 100) <= 1


def test_gray_is_the_same_in_all_channels() -> None:
    pixels = load(encoded(scene().convert("L"), "JPEG"), SPEC)
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 1] == pixels[..., 2]).all()


def test_cmyk_keeps_its_colors() -> None:
    pixels = load(encoded(scene().convert("CMYK"), "JPEG", quality=95), SPEC)
    assert np.abs(pixels.astype(int) - prepare(scene(), SPEC)).mean() < 4


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_sixteen_bit_gray_keeps_its_range(file_format: str) -> None:
    ramp = np.linspace(0, 65535, 128 * 128).reshape(128, 128).astype(np.uint16)
    pixels = load(encoded(Image.fromarray(ramp), file_format), ImageSpec(size=128))
    assert pixels[0, 0, 0] == 0
    assert pixels[-1, -1, 0] == 255
    assert abs(int(pixels[64, 0, 0]) - 128) <= 1


def test_floating_point_pixels_are_refused() -> None:
    data = encoded(Image.fromarray(np.zeros((8, 8), np.float32)), "TIFF")
    with pytest.raises(InvalidImage, match=r"no defined range.*Received TIFF mode F"):
        decode(data)


def test_several_pictures_in_one_file_are_refused() -> None:
    data = encoded(scene(), "TIFF", save_all=True, append_images=[scene()])
    with pytest.raises(InvalidImage, match=r"TIFF file holds several pictures. Expected one"):
        decode(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty.*Received 0 bytes"),
        (b"%PDF-1.7 of a letter", "not a readable image. Expected JPEG, PNG, WEBP, TIFF or BMP. Received 20 bytes"),
        (b"GIF89a" + bytes(40), "not a readable image"),
        (encoded(scene(), "JPEG")[:-500], "damaged or cut off"),
        (encoded(scene(), "PNG")[:-200], "damaged or cut off"),
        (encoded(scene(), "WEBP")[:500], "damaged|not a readable image"),
        (encoded(scene(), "TIFF")[:5000], "damaged|not a readable image"),
    ],
)
def test_what_is_no_whole_image_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InvalidImage, match=message):
        load(data, SPEC)


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    """A PNG header that promises 10 gigapixels over a hundred bytes of data: refused before any of them is read."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
        for kind, part in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    )
    with pytest.raises(InvalidImage, match=r"too many pixels. Expected at most 50000000, .* Received 100000×100000"):
        load(data, SPEC)


def test_a_long_thin_picture_is_refused() -> None:
    data = encoded(Image.new("1", (40_000, 1)), "PNG")
    with pytest.raises(InvalidImage, match=r"20000 on a side. Received 40000×1"):
        load(data, SPEC)


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = encoded(scene(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    assert load(data, SPEC).shape == (64, 64, 3)
    with pytest.raises(InvalidImage, match=r"too many scans. Expected at most 64"):
        load(data[:-2] + data[last:-2] * 100 + data[-2:], SPEC)


def test_a_tiff_tile_larger_than_its_picture_is_refused() -> None:
    gray_64x64 = {256: 64, 257: 64, 258: 8, 259: 1, 262: 1, 277: 1}
    data = b"II*\0" + struct.pack("<I", 8) + directory({**gray_64x64, 322: 16_000, 323: 16_000, 324: 8, 325: 9})
    with pytest.raises(InvalidImage, match=r"tiles that are too large"):
        load(data, SPEC)


@pytest.mark.parametrize("photometric", [0, 1])
def test_sixteen_bit_tiff_of_another_meaning_is_refused(photometric: int) -> None:
    gray = Image.fromarray(np.full((64, 64), 65535, np.uint16))
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[262] = photometric
    data = encoded(gray, "TIFF", tiffinfo=tags).replace(
        struct.pack("<HHIHH", 262, 3, 1, 1, 0), struct.pack("<HHIHH", 262, 3, 1, photometric, 0)
    )
    if photometric == 1:
        assert load(data, SPEC).min() == 255
    else:
        with pytest.raises(InvalidImage, match=r"Received bits \(16,\), photometric interpretation 0"):
            load(data, SPEC)


def test_a_tiff_whose_next_directory_is_nonsense_is_an_image_or_invalid() -> None:
    data = bytearray(encoded(scene(), "TIFF"))
    (directory,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, directory)
    for target in (8, len(data) - 4, len(data) + 1000, directory):
        struct.pack_into("<I", data, directory + 2 + 12 * entries, target)
        try:
            assert load(bytes(data), SPEC).shape == (64, 64, 3)
        except InvalidImage as error:
            assert str(error)  # noqa: PT017 - both outcomes are right


def test_odd_exif_beside_an_orientation_does_no_harm() -> None:
    width_as_text = struct.pack("<HHI4s", 256, 2, 4, b"320\0")
    exif = (
        b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + width_as_text + struct.pack("<HHII", 0x0112, 3, 1, 6) + bytes(4)
    )
    upright = decode(encoded(scene(), "JPEG", exif=exif))
    assert upright.size == (240, 320)


def test_the_pixel_cap_is_exact() -> None:
    data = encoded(scene(), "PNG")
    assert decode(data, max_pixels=320 * 240).size == (320, 240)
    with pytest.raises(InvalidImage, match="320×240"):
        decode(data, max_pixels=320 * 240 - 1)


def test_prepare_wants_rgb() -> None:
    with pytest.raises(ValueError, match=r"Expected mode RGB. Received L"):
        prepare(Image.new("L", (9, 9)), SPEC)


@settings(max_examples=150, deadline=None)
@given(
    file_format=st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "BMP"]),
    damage=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_damaged_bytes_give_a_picture_or_invalid_image(file_format: str, damage: list[tuple[float, int]]) -> None:
    data = bytearray(encoded(scene(64, 48), file_format))
    for place, value in damage:
        data[int(place * len(data))] = value
    try:
        pixels = load(bytes(data), SPEC, max_pixels=1_000_000)
    except InvalidImage as error:
        assert str(error)  # noqa: PT017 - both outcomes are right
    else:
        assert pixels.shape == (64, 64, 3)
