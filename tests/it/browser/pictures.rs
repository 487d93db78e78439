//! What the desk shows is what the encoder sees, for every odd kind of picture and in both themes.

use std::collections::HashMap;
use std::time::Duration;

use querist::encode::picture::{Limits, Picture, decode};
use serde_json::Value;

use super::desk::{SOON, asked};
use super::server::run;
use super::{Page, in_browser};
use crate::cases::drawing;

/// The pixels of the picture in front, as the browser decoded them: width, height, and red, green, blue, alpha of each.
const SHOWN: &str = "const image = document.querySelector('[data-image]');
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return { width, height, pixels: [...context.getImageData(0, 0, width, height).data], src: image.src };";

/// A pixel of the picture as it is painted on the screen, over whatever lies behind it.
async fn painted(page: &Page) -> image::RgbImage {
    let shot = page.find("[data-image]").await.screenshot().await.unwrap();
    image::load_from_memory(&shot).unwrap().into_rgb8()
}

/// A place where the screen shows another colour than the picture has, and what it shows there.
fn differing(picture: &Picture, painted: &image::RgbImage) -> Option<([u32; 2], [u8; 3])> {
    [[17, 12], [49, 12], [17, 20], [49, 20]].into_iter().find_map(|[x, y]| {
        let (x, y) = (x * picture.width / 64, y * picture.height / 32);
        let at = ((y * picture.width + x) * 3) as usize;
        let middle = |place: u32, side: u32, of: u32| (2 * place + 1) * side / (2 * of);
        let [across, down] = [middle(x, painted.width(), picture.width), middle(y, painted.height(), picture.height)];
        let seen = painted.get_pixel(across, down).0;
        let apart = seen.iter().zip(&picture.pixels[at..at + 3]).map(|(a, b)| a.abs_diff(*b)).max();
        apart.is_some_and(|apart| apart >= 24).then_some(([x, y], seen))
    })
}

fn by_name(name: &str, all: &HashMap<String, Picture>, shown: &Value) -> bool {
    let picture = &all[name];
    let numbers: Vec<u8> = shown["pixels"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as u8).collect();
    let opaque = numbers.chunks(4).all(|pixel| pixel[3] == 255);
    let colours: Vec<u8> = numbers.chunks(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let size = (shown["width"].as_u64(), shown["height"].as_u64());
    opaque && size == (Some(picture.width.into()), Some(picture.height.into())) && colours == picture.pixels
}

#[tokio::test]
async fn the_desk_shows_the_encoder_s_picture_of_every_odd_file_in_both_themes() {
    in_browser("pictures", |page, server| async move {
        let folder = server.data.join("odd");
        std::fs::create_dir_all(&folder).unwrap();
        let odd = drawing::shown_otherwise();
        let mut pictures = HashMap::new();
        for (name, bytes) in &odd {
            std::fs::write(folder.join(name), bytes).unwrap();
            pictures.insert((*name).to_owned(), decode(bytes, &Limits::default()).unwrap());
        }
        run(&server.data, &["project", "new", "odd", "--class", "a", "--class", "b"]).await;
        run(&server.data, &["import", "odd", folder.to_str().unwrap()]).await;
        page.sign_in_by(&server.first_link).await;
        page.goto("/p/odd/label").await;
        let mut left: Vec<&str> = odd.iter().map(|(name, _)| *name).collect();
        while !left.is_empty() {
            asked(&page).await;
            let shown = page.run(SHOWN, vec![]).await;
            let found = left.iter().position(|name| by_name(name, &pictures, &shown));
            let found = found.unwrap_or_else(|| panic!("{} is none of {left:?}", shown["src"]));
            let picture = &pictures[left.swap_remove(found)];
            for theme in ["light", "dark"] {
                page.prefer(theme).await;
                // The old picture stays on the screen until the new one is decoded and painted.
                let mut wrong = differing(picture, &painted(&page).await);
                for _ in 0..50 {
                    if wrong.is_none() {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    wrong = differing(picture, &painted(&page).await);
                }
                assert!(wrong.is_none(), "{} in {theme}: {wrong:?}", shown["src"]);
            }
            if !left.is_empty() {
                page.press("1").await;
                let next = format!("return document.querySelector('[data-image]').src !== {}", shown["src"]);
                page.until(&next, SOON).await;
            }
        }
    })
    .await;
}
