//! Every odd picture is read correctly, or refused with the right reason; and what people are sent is what the encoder
//! sees.

use std::path::Path;

use image::ImageFormat;
use querist::blobs::ORIGINAL;
use querist::domain::{Role, SampleId};
use querist::modality::image::picture::{
    Decoded, Limits, PictureError, PictureNote, browser_shows_the_same, decode, with,
};
use querist::service::exchange::importing::LabelsFrom;
use querist::service::people::accounts;
use querist::service::people::accounts::NewAccount;

use crate::support::bench::Bench;
use crate::support::client::Client;
use crate::support::drawing::{self, COLOURS, SIZE, each, fields, tiff};
use crate::support::{root, skip};

fn read(bytes: &[u8]) -> Result<Decoded, PictureError> {
    with(bytes, &Limits::default(), |decoded| decoded)
}

/// The middle of each quadrant of a picture.
fn corners(decoded: &Decoded) -> [[u8; 3]; 4] {
    let picture = &decoded.picture;
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| {
        let at = ((picture.height * y / 4 * picture.width + picture.width * x / 4) * 3) as usize;
        picture.pixels[at..at + 3].try_into().unwrap()
    })
}

#[track_caller]
fn assert_corners(name: &str, bytes: &[u8], expected: [[u8; 3]; 4], most: u8) -> Decoded {
    let decoded = read(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    let found = corners(&decoded);
    let apart = found.iter().flatten().zip(expected.iter().flatten()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(apart.is_some_and(|apart| apart <= most), "{name}: {found:?} for {expected:?}");
    decoded
}

#[test]
fn tiffs_of_every_common_kind_have_their_colours() {
    let rgb = each(|at| COLOURS[at]);
    for (big, little) in [(false, true), (false, false), (true, true), (true, false)] {
        let made = tiff(&fields(&[8; 3], 2), &rgb, big, little);
        assert_corners(&format!("RGB, BigTIFF {big}, little-endian {little}"), &made, COLOURS, 0);
        let table: Vec<u32> = (0..3)
            .flat_map(|colour| {
                (0..256).map(move |at| COLOURS.get(at).map_or(0, |c: &[u8; 3]| u32::from(c[colour]) * 257))
            })
            .collect();
        let palette = drawing::with(fields(&[8], 3), &[(320, 3, table)]);
        assert_corners("palette", &tiff(&palette, &each(|at| [at as u8]), big, little), COLOURS, 0);
    }
    // Four bits and one bit into a table.
    for bits in [1u32, 4] {
        let table: Vec<u32> = (0..3)
            .flat_map(|colour| (0..1usize << bits).map(move |at| u32::from(COLOURS[at % 2 * 3][colour]) * 257))
            .collect();
        let per_byte = 8 / bits;
        let row = |y: u32| {
            (0..SIZE.0 / per_byte).map(move |byte| {
                (0..per_byte).fold(0u8, |all, at| {
                    let number = u8::from(drawing::quadrant(byte * per_byte + at, y) % 2 == 1);
                    all << bits | number
                })
            })
        };
        let data: Vec<u8> = (0..SIZE.1).flat_map(row).collect();
        let made = tiff(&drawing::with(fields(&[bits], 3), &[(320, 3, table)]), &data, false, true);
        let [red, .., yellow] = COLOURS;
        assert_corners("small palette", &made, [red, yellow, red, yellow], 0);
    }
    let grey = |levels: [u8; 4]| levels.map(|level| [level; 3]);
    let grey_alpha = drawing::with(fields(&[8, 8], 1), &[(338, 3, vec![2])]);
    let pixel = |at: usize| [[200, 0], [90, 255], [160, 255], [249, 128]][at];
    assert_corners("grey with alpha", &tiff(&grey_alpha, &each(pixel), false, true), grey([255, 90, 160, 252]), 0);
    let premultiplied = &drawing::shown_otherwise()[10];
    let over = [[255; 3], COLOURS[1], COLOURS[2], [247, 232, 147]];
    assert_corners(premultiplied.0, &premultiplied.1, over, 0);
    let inks = each(|at| {
        let [r, g, b] = COLOURS[at];
        [255 - r, 255 - g, 255 - b, 0]
    });
    assert_corners("inks", &tiff(&fields(&[8; 4], 5), &inks, false, true), COLOURS, 0);
}

#[test]
fn fractions_signs_and_wide_numbers_are_read_and_stretching_is_noted() {
    let float = drawing::with(fields(&[32], 1), &[(339, 3, vec![3])]);
    let shares = [0.08f32, 0.35, 0.6, 0.98];
    let grey = |levels: [u8; 4]| levels.map(|level| [level; 3]);
    let made = tiff(&float, &each(|at| shares[at].to_le_bytes()), false, true);
    let read = assert_corners("fractions", &made, grey([20, 89, 153, 250]), 0);
    assert_eq!(read.notes, []);
    let made = tiff(&float, &each(|at| (shares[at] * 5000.0 - 400.0).to_le_bytes()), false, true);
    let read = assert_corners("wide fractions", &made, grey([0, 77, 147, 255]), 1);
    assert!(matches!(read.notes[..], [PictureNote::Stretched { .. }]), "{:?}", read.notes);
    let signed = drawing::with(fields(&[16], 1), &[(339, 3, vec![2])]);
    let made = tiff(&signed, &each(|at| [-1000i16, 0, 0, 1000][at].to_le_bytes()), false, true);
    let read = assert_corners("signed", &made, grey([0, 128, 128, 255]), 0);
    assert_eq!(read.notes.len(), 1);
    let made = tiff(&fields(&[32], 1), &each(|at| [10u32, 20, 30, 40][at].to_le_bytes()), false, true);
    assert_corners("32 bits with small numbers", &made, grey([10, 20, 30, 40]), 0);
}

#[test]
fn few_levels_several_pages_and_animations_are_noted() {
    let dark = read(&drawing::twelve_bits(ImageFormat::Png)).unwrap();
    assert_eq!(dark.notes, [PictureNote::Shallow { bits: 12, levels: 16 }]);
    let dark = read(&drawing::twelve_bits(ImageFormat::Tiff)).unwrap();
    assert_eq!(dark.notes, [PictureNote::Shallow { bits: 12, levels: 16 }]);
    for bytes in [drawing::animated_gif(), drawing::animated_webp()] {
        let first = read(&bytes).unwrap();
        assert_eq!((corners(&first), first.notes), ([[255; 3]; 4], vec![PictureNote::Animation]));
    }
    assert_eq!(read(&drawing::deep_colours(ImageFormat::Png)).unwrap().notes, []);
    // A second page: the first directory's link leads to a directory behind it.
    let mut two = tiff(&fields(&[8; 3], 2), &each(|at| COLOURS[at]), false, true);
    let end = two.len();
    let link = end - 4 - 6;
    let directory = u32::from_le_bytes(two[4..8].try_into().unwrap()) as usize;
    let again = two[directory..].to_vec();
    two[link..link + 4].copy_from_slice(&(end as u32).to_le_bytes());
    two.extend(again);
    let pages = assert_corners("two pages", &two, COLOURS, 0);
    assert_eq!(pages.notes, [PictureNote::Pages]);
}

#[test]
fn orientation_is_applied_however_it_is_written() {
    let [red, green, blue, yellow] = COLOURS;
    for (orientation, expected, high) in [
        (3, [yellow, blue, green, red], false),
        (6, [blue, red, yellow, green], true),
        (8, [green, yellow, red, blue], true),
    ] {
        for (name, bytes, most) in [
            ("JPEG", drawing::turned_jpeg(orientation, false), 8),
            ("JPEG, LONG", drawing::turned_jpeg(orientation, true), 8),
            ("WebP", drawing::turned_webp(orientation), 0),
        ] {
            let decoded = assert_corners(name, &bytes, expected, most);
            assert_eq!(decoded.picture.height > decoded.picture.width, high, "{name} {orientation}");
        }
    }
}

#[test]
fn what_is_missing_is_refused_and_what_is_merely_odd_is_read() {
    let whole = drawing::jpeg();
    assert_corners("no end marker, zeros behind", &[&whole[..whole.len() - 2], &[0; 64]].concat(), COLOURS, 8);
    assert_corners("bytes behind the end", &[&whole[..], b"and more"].concat(), COLOURS, 8);
    // Noise, so that half of the bytes is half of the picture.
    let noise = image::RgbImage::from_fn(96, 96, |x, y| {
        let n = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)) >> 7;
        image::Rgb([n as u8, (n >> 8) as u8, (n >> 16) as u8])
    });
    let noisy = drawing::written(&noise.into(), ImageFormat::Jpeg);
    for share in [3, 5, 8] {
        let half = [&noisy[..noisy.len() * share / 10], &[0xff, 0xd9]].concat();
        assert_eq!(read(&half).unwrap_err(), PictureError::CutShort, "{share} tenths, with an end marker");
        assert_eq!(read(&noisy[..noisy.len() * share / 10]).unwrap_err(), PictureError::CutShort);
    }
}

#[test]
fn what_cannot_be_read_is_called_not_supported_and_not_damaged() {
    for (name, compression) in [("fax group 3", 3), ("ZSTD", 50_000), ("LZMA", 34_925), ("unknown", 61_234)] {
        let mut fields = fields(&[8; 3], 2);
        fields[1] = (259, 3, vec![compression]);
        let error = read(&tiff(&fields, &each(|at| COLOURS[at]), false, true)).unwrap_err();
        assert!(matches!(error, PictureError::NotSupported { .. }), "{name}: {error}");
        assert!(error.to_string().contains("is not supported") && error.to_string().contains("save it as"), "{error}");
    }
    let lab = read(&tiff(&fields(&[8; 3], 8), &each(|at| COLOURS[at]), false, true)).unwrap_err();
    assert!(matches!(lab, PictureError::NotSupported { .. }), "{lab}");
}

#[tokio::test]
async fn people_are_sent_the_pixels_that_the_encoder_sees() {
    let bench = Bench::new().await;
    let folder = bench.dir.path().join("odd");
    std::fs::create_dir_all(&folder).unwrap();
    let odd = drawing::shown_otherwise();
    let plain = ("plain.png", drawing::written(&drawing::quadrants().into(), ImageFormat::Png));
    for (name, bytes) in odd.iter().chain([&plain]) {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let report = bench.import(&folder, LabelsFrom::Nowhere).await;
    assert_eq!((report.added as usize, report.refused.len()), (odd.len() + 1, 0), "{report:?}");
    let mut noted: Vec<&str> = report.notes.iter().filter_map(|note| note.split('`').nth(1)).collect();
    noted.sort_unstable();
    assert_eq!(noted, ["twelve-bits.png", "white-then-colours.gif", "white-then-colours.webp"]);

    let new = NewAccount { name: "boss", role: Role::Admin, project: None, password: None };
    let account = accounts::add(&bench.app, new).await.unwrap().id;
    let token = accounts::new_token(&bench.app, account, "test").await.unwrap();
    let mut client = Client::new(&bench.app).bearer(token.reveal());
    let all: Vec<(SampleId, String, String)> =
        bench.all().await.into_iter().map(|row| (row.id, row.name, row.hash)).collect();
    for round in ["as imported", "with all renditions and small pictures gone"] {
        for (id, name, hash) in &all {
            let original = bench.app.blobs.get(ORIGINAL, hash).unwrap();
            let seen = read(&original).unwrap();
            let sent = client.get(&format!("/media/metal/{id}")).await;
            sent.assert_status(200);
            assert_eq!(browser_shows_the_same(&seen.header), name == "plain.png", "{name}");
            assert_eq!(sent.body == original, name == "plain.png", "{name}, {round}");
            assert!(browser_shows_the_same(&read(&sent.body).unwrap().header), "{name}, {round}");
            assert_eq!(decode(&sent.body, &Limits::default()).unwrap(), seen.picture, "{name}, {round}");
            let thumb = client.get(&format!("/media/metal/{id}/thumb")).await;
            let thumb = decode(&thumb.assert_status(200).body, &Limits::default()).unwrap();
            assert_eq!((thumb.width, thumb.height), (seen.picture.width, seen.picture.height), "{name}");
        }
        // An old data folder has renditions for TIFF only, or lost its small pictures.
        std::fs::remove_dir_all(bench.app.data.root().join("thumbs")).unwrap();
    }
}

#[test]
fn the_shared_pictures_are_as_their_list_says() {
    let folder = root().join("../shared/cases/pictures");
    if !folder.is_dir() {
        return skip("the shared cases are not there");
    }
    let [red, green, blue, yellow] = COLOURS;
    let over_white = [[255; 3], green, blue, [247, 232, 147]];
    for (name, expected) in [
        ("bigtiff.tif", COLOURS),
        ("cmyk-adobe.jpg", COLOURS),
        ("cmyk-no-marker.jpg", COLOURS),
        ("cmyk.tif", COLOURS),
        ("no-end-marker-zeros.jpg", COLOURS),
        ("palette.tif", COLOURS),
        ("planar.tif", COLOURS),
        ("png-called.jpg", COLOURS),
        ("rgb-not-ycc.jpg", COLOURS),
        ("rle8.bmp", COLOURS),
        ("top-down.bmp", COLOURS),
        ("trailing-bytes.jpg", COLOURS),
        ("turned-9-invalid.jpg", COLOURS),
        ("two-in-one.jpg", COLOURS),
        ("two-pages.tif", COLOURS),
        ("unused-byte-zero.bmp", COLOURS),
        ("premultiplied.tif", over_white),
        ("sixteen-bits-alpha.png", over_white),
        ("transparent-colour.png", [[255; 3], green, blue, yellow]),
        ("turned-3.webp", [yellow, blue, green, red]),
        ("turned-5.jpg", [red, blue, green, yellow]),
        ("turned-6-bigendian.jpg", [blue, red, yellow, green]),
        ("turned-6.webp", [blue, red, yellow, green]),
        ("turned-7.png", [yellow, green, blue, red]),
        ("turned-8.tif", [green, yellow, red, blue]),
        ("white-then-colours.gif", [[255; 3]; 4]),
        ("white-then-colours.webp", [[255; 3]; 4]),
        ("grey-alpha.tif", [[255; 3], [90; 3], [160; 3], [252; 3]]),
        ("fax-group4.tif", [[0; 3], [0; 3], [255; 3], [255; 3]]),
    ] {
        assert_corners(name, &file(&folder, name), expected, 4);
    }
    for name in
        ["float.tif", "frame-at-an-offset.gif", "white-is-zero-16.tif", "20000x3.png", "bad-comment-checksum.png"]
    {
        read(&file(&folder, name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let dark = read(&file(&folder, "twelve-bits-in-sixteen.png")).unwrap();
    assert_eq!(dark.notes, [PictureNote::Shallow { bits: 12, levels: 16 }]);
    assert!(!browser_shows_the_same(&read(&file(&folder, "black-on-nothing.png")).unwrap().header));
    assert_eq!(read(&file(&folder, "half.jpg")).unwrap_err(), PictureError::CutShort);
    assert_eq!(read(&file(&folder, "half-with-end-marker.jpg")).unwrap_err(), PictureError::CutShort);
    assert_eq!(read(&file(&folder, "html-called.jpg")).unwrap_err(), PictureError::NotAPicture);
}

fn file(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap()
}
