//! What the desk shows is what the encoder sees, for every odd kind of picture and in both themes.

use std::collections::HashMap;

use querist::modality::image::picture::{Limits, Picture, decode};
use serde_json::Value;

use super::in_browser;
use super::server::run;
use super::steps::{SOON, asked};
use crate::support::drawing;

/// The pixels of the picture in front, as the browser decoded them: width, height, and red, green, blue, alpha of each.
const SHOWN: &str = "const image = document.querySelector('[data-image]');
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return { width, height, pixels: [...context.getImageData(0, 0, width, height).data], src: image.src };";

fn is(picture: &Picture, shown: &Value) -> bool {
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
            let found = left.iter().position(|name| is(&pictures[*name], &shown));
            let found = found.unwrap_or_else(|| panic!("{} is none of {left:?}", shown["src"]));
            let picture = &pictures[left.swap_remove(found)];
            for theme in ["light", "dark"] {
                page.prefer(theme).await;
                let shown = page.run(SHOWN, vec![]).await;
                // Opaque in either theme, so that nothing of the page shows through.
                assert!(is(picture, &shown), "{} in {theme}", shown["src"]);
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
