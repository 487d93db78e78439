//! Embeds the sets that `tests/oracles/kernels.py` writes, for its table of accuracies.

use std::time::Instant;

use super::Kernels;
use crate::modality::series::TimeSeries;
use crate::modality::series::time_series::Channel;
use crate::progress::Progress;

#[derive(serde::Deserialize)]
struct Set {
    train: usize,
    series: Vec<Vec<Vec<Option<f32>>>>,
}

fn series(channels: &[Vec<Option<f32>>]) -> TimeSeries {
    let values = channels.iter().flatten().map(|value| value.unwrap_or(f32::NAN)).collect();
    let named = (0..channels.len()).map(|i| Channel { name: i.to_string(), unit: String::new() });
    TimeSeries::new(named.collect(), None, channels[0].len(), values)
}

#[test]
#[ignore = "measures, with the folder of sets in QUERIST_KERNELS"]
fn sets_are_embedded_for_the_script() {
    let folder = std::path::PathBuf::from(std::env::var_os("QUERIST_KERNELS").unwrap());
    let mut sets: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    sets.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    sets.sort();
    for path in sets {
        let set: Set = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let all: Vec<TimeSeries> = set.series.iter().map(|one| series(one)).collect();
        for (name, from) in [("train", &all[..set.train]), ("all", &all[..])] {
            let began = Instant::now();
            let kernels = Kernels::learn(from, 1, &Progress::silent()).unwrap();
            let learned = began.elapsed();
            let began = Instant::now();
            let rows = kernels.embed(&all, &Progress::silent()).unwrap();
            let embedded = began.elapsed();
            let bytes: Vec<u8> = rows.as_slice().iter().flat_map(|value| value.to_le_bytes()).collect();
            std::fs::write(path.with_extension(format!("{name}.f32")), bytes).unwrap();
            let size = kernels.to_model().to_bytes().len();
            println!(
                "{} {name}: {} series, {} steps, dim {}, learned in {learned:?}, embedded in {:?}, model {size} bytes",
                path.file_stem().unwrap().display(),
                from.len(),
                kernels.length,
                kernels.dim(),
                embedded
            );
        }
    }
}
