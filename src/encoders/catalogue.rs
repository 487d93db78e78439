//! Recommended encoders by short name: where they are on the hub, how large they are, and what they are good for.
//!
//! Sizes are the hub's, rounded. A checksum listed here must match the hub's; without one, the hub's is used. `licence`
//! is that of the original weights in `origin`; ONNX copies often name none.

/// One encoder of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueEntry {
    pub name: &'static str,
    /// `OWNER/NAME` on the hub.
    pub repository: &'static str,
    /// The file's path in it.
    pub file: &'static str,
    /// A commit; `None`: the newest.
    pub revision: Option<&'static str>,
    pub sha256: Option<&'static str>,
    /// About so many megabytes (10^6 bytes).
    pub megabytes: u32,
    /// Numbers per embedding.
    pub dim: usize,
    /// Of the original weights; `None` where their page names none.
    pub licence: Option<&'static str>,
    /// The repository of the original weights.
    pub origin: &'static str,
    pub good_for: &'static str,
}

/// The table, the smallest first.
pub const ENTRIES: [CatalogueEntry; 8] = [
    CatalogueEntry {
        name: "mobilenetv4-small",
        repository: "onnx-community/mobilenetv4_conv_small.e2400_r224_in1k",
        file: "onnx/model.onnx",
        revision: None,
        sha256: None,
        megabytes: 15,
        dim: 1280,
        licence: Some("apache-2.0"),
        origin: "timm/mobilenetv4_conv_small.e2400_r224_in1k",
        good_for: "a first try on a CPU: the smallest here, trained on ImageNet",
    },
    CatalogueEntry {
        name: "efficientnet-b0",
        repository: "Kalray/efficientnet-b0",
        file: "efficientNet-b0.onnx",
        revision: Some("c7cdbbfc4eda1e43e3577a583135c1af05a80081"),
        sha256: Some("0fb1e040635c36fb710abd6c07ff5448654a16eeeaf5a75134f83021e1c33a7c"),
        megabytes: 21,
        dim: 1280,
        licence: Some("apache-2.0"),
        origin: "Kalray/efficientnet-b0",
        good_for: "a CPU: small, trained on ImageNet",
    },
    CatalogueEntry {
        name: "dinov2-small",
        repository: "Xenova/dinov2-small",
        file: "onnx/model.onnx",
        revision: Some("560a572cedd01ab59cf1a614c2d9673397b65ef2"),
        sha256: Some("83141175ec78b4ff9a2bb58a4c7c264ba0054d1c2e122e5a8114b79a8d4179ea"),
        megabytes: 89,
        dim: 384,
        licence: Some("apache-2.0"),
        origin: "facebook/dinov2-small",
        good_for: "pictures unlike ImageNet's: learned without labels; few numbers",
    },
    CatalogueEntry {
        name: "resnet-50",
        repository: "Xenova/resnet-50",
        file: "onnx/model.onnx",
        revision: Some("6791d258f4afcf677b8fb933a4f571b10c8bf725"),
        sha256: None,
        megabytes: 102,
        dim: 2048,
        licence: Some("apache-2.0"),
        origin: "microsoft/resnet-50",
        good_for: "comparing with what others report: the usual baseline, trained on ImageNet",
    },
    CatalogueEntry {
        name: "convnext-tiny",
        repository: "Xenova/convnext-tiny-224",
        file: "onnx/model.onnx",
        revision: Some("2d989c0a31d7ed2c87186ca6396eda0cf62e523a"),
        sha256: None,
        megabytes: 115,
        dim: 768,
        licence: Some("apache-2.0"),
        origin: "facebook/convnext-tiny-224",
        good_for: "objects and scenes: a later convolutional network, trained on ImageNet",
    },
    CatalogueEntry {
        name: "dinov2-base",
        repository: "Xenova/dinov2-base",
        file: "onnx/model.onnx",
        revision: Some("31039eeb603df058f44c4e1cd25f6add34f48169"),
        sha256: Some("2c7a813d6e0d25784d0c29227760b08cb72f2bee9d928da935a31480a649bbce"),
        megabytes: 347,
        dim: 768,
        licence: Some("apache-2.0"),
        origin: "facebook/dinov2-base",
        good_for: "as dinov2-small, four times its size; wants a GPU or patience",
    },
    CatalogueEntry {
        name: "clip-vit-b32",
        repository: "Xenova/clip-vit-base-patch32",
        file: "onnx/vision_model.onnx",
        revision: Some("4c1807b705b1d015fb032789cc4d221b23025a6f"),
        sha256: Some("fd6e1402a588279d1723c7534d4bcba5bc0b14b47dfab0e46f8c47b8270d7d40"),
        megabytes: 352,
        dim: 512,
        licence: None,
        origin: "openai/clip-vit-base-patch32",
        good_for: "everyday pictures of the web: learned from captions; coarse patches, so less work than siglip-base",
    },
    CatalogueEntry {
        name: "siglip-base",
        repository: "Xenova/siglip-base-patch16-224",
        file: "onnx/vision_model.onnx",
        revision: Some("294847d6b5fe86c91330269da98ce112d6c75e7e"),
        sha256: None,
        megabytes: 372,
        dim: 768,
        licence: Some("apache-2.0"),
        origin: "google/siglip-base-patch16-224",
        good_for: "everyday pictures of the web: learned from captions; fine patches, wants a GPU or patience",
    },
];

/// The entry called `name`.
pub fn find(name: &str) -> Option<&'static CatalogueEntry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_a_name_of_its_own_and_is_well_formed() {
        for (at, entry) in ENTRIES.iter().enumerate() {
            assert!(ENTRIES[..at].iter().all(|other| other.name != entry.name), "{} is there twice", entry.name);
            assert_eq!(find(entry.name), Some(entry));
            assert_eq!(entry.repository.matches('/').count(), 1, "{}", entry.name);
            assert!(std::path::Path::new(entry.file).extension().is_some_and(|end| end == "onnx"), "{}", entry.name);
            assert!(entry.sha256.is_none_or(|sha| sha.len() == 64), "{}", entry.name);
            assert!(
                entry.sha256.is_none() || entry.revision.is_some(),
                "{}: a checksum holds for a commit",
                entry.name
            );
            assert!(entry.revision.is_none_or(|commit| commit.len() == 40), "{}", entry.name);
        }
        assert!(ENTRIES.is_sorted_by_key(|entry| entry.megabytes), "the smallest comes first");
    }
}
