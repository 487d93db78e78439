//! What runs a network: the choice a person makes, and the report of what actually took the graph.

use std::collections::BTreeMap;

use ort::ep::ExecutionProviderDispatch;

use crate::runtime::EncodeError;

/// What `--provider` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProviderChoice {
    /// The providers of this build in the order of [`ProviderChoice::TRIED`], then the CPU.
    #[default]
    Auto,
    Cpu,
    Cuda,
    Tensorrt,
    /// AMD's GPUs, by `MIGraphX`: ONNX Runtime's own `ROCm` provider ended with version 1.22.
    Rocm,
    Directml,
    Coreml,
    Openvino,
}

impl ProviderChoice {
    const ALL: [Self; 8] =
        [Self::Auto, Self::Cpu, Self::Cuda, Self::Tensorrt, Self::Rocm, Self::Directml, Self::Coreml, Self::Openvino];
    /// What `auto` tries before the CPU, in order.
    const TRIED: [Self; 6] = [Self::Tensorrt, Self::Cuda, Self::Rocm, Self::Directml, Self::Coreml, Self::Openvino];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Tensorrt => "tensorrt",
            Self::Rocm => "rocm",
            Self::Directml => "directml",
            Self::Coreml => "coreml",
            Self::Openvino => "openvino",
        }
    }

    /// Whether this program was built with it.
    fn is_built(self) -> bool {
        match self {
            Self::Auto | Self::Cpu => true,
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Tensorrt => cfg!(feature = "tensorrt"),
            Self::Rocm => cfg!(feature = "rocm"),
            Self::Directml => cfg!(feature = "directml"),
            Self::Coreml => cfg!(feature = "coreml"),
            Self::Openvino => cfg!(feature = "openvino"),
        }
    }

    /// Whether it maps far more memory than it uses, as GPU drivers do.
    pub fn is_gpu(self) -> bool {
        matches!(self, Self::Cuda | Self::Tensorrt | Self::Rocm | Self::Directml)
    }
}

impl std::str::FromStr for ProviderChoice {
    type Err = EncodeError;

    fn from_str(text: &str) -> Result<Self, EncodeError> {
        let found = Self::ALL.into_iter().find(|choice| choice.as_str() == text);
        found.ok_or_else(|| EncodeError::UnknownProvider(text.to_owned()))
    }
}

/// Which device of a provider, and how exactly it computes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// A number for GPUs, a name for `OpenVINO` (`GPU`, `GPU.1`, `NPU`, …); empty: the provider's first.
    pub name: String,
    /// Half precision inside the provider, where it offers that for a model in single precision.
    pub half: bool,
}

impl Device {
    /// `OpenVINO`'s name of the device.
    fn openvino(&self) -> &str {
        if self.name.is_empty() { "CPU" } else { &self.name }
    }

    /// # Errors
    /// [`EncodeError::UnknownDevice`] when a GPU's device is not a number.
    fn number(&self) -> Result<i32, EncodeError> {
        if self.name.is_empty() {
            return Ok(0);
        }
        self.name.parse().map_err(|_| EncodeError::UnknownDevice(self.name.clone()))
    }
}

/// One provider that may be tried before the CPU.
pub(crate) struct ProviderCandidate {
    pub choice: ProviderChoice,
    /// Nothing when this build was made without the provider's feature.
    pub dispatch: Option<ExecutionProviderDispatch>,
    /// What it computes on: `GPU`, or the device `OpenVINO` was told to take.
    pub device: String,
    /// Whether it computes in half precision.
    pub half: bool,
}

impl ProviderChoice {
    /// The providers to try, in order; the CPU comes last and is not listed.
    ///
    /// # Errors
    /// [`EncodeError::UnknownDevice`].
    pub(crate) fn candidates(self, device: &Device) -> Result<Vec<ProviderCandidate>, EncodeError> {
        let of = |choice: Self| {
            let half = device.half && matches!(choice, Self::Tensorrt | Self::Rocm | Self::Openvino);
            let on = match choice {
                Self::Openvino => device.openvino(),
                _ => "GPU",
            };
            Ok(ProviderCandidate { choice, dispatch: dispatch(choice, device)?, device: on.to_owned(), half })
        };
        match self {
            Self::Cpu => Ok(Vec::new()),
            // A build without features has nothing to fall back from, so nothing is reported.
            Self::Auto => {
                let all: Result<Vec<ProviderCandidate>, EncodeError> = Self::TRIED.into_iter().map(of).collect();
                Ok(all?.into_iter().filter(|candidate| candidate.dispatch.is_some()).collect())
            }
            one => Ok(vec![of(one)?]),
        }
    }

    /// Whether the CPU may take over when the provider cannot be used.
    pub(crate) fn falls_back(self) -> bool {
        self == Self::Auto
    }
}

/// The provider `$ep` where this build has `$feature`; `$given` is what it is made from.
macro_rules! built {
    ($feature:literal, $given:expr, $ep:expr) => {{
        #[cfg(feature = $feature)]
        let made = Some($ep.build().error_on_failure());
        #[cfg(not(feature = $feature))]
        let made = {
            let _ = $given;
            None
        };
        made
    }};
}

/// How a provider is registered, where this build has it.
#[cfg_attr(
    not(all(feature = "cuda", feature = "tensorrt", feature = "rocm", feature = "directml", feature = "coreml")),
    expect(clippy::match_same_arms, reason = "providers that this build lacks are alike")
)]
fn dispatch(choice: ProviderChoice, device: &Device) -> Result<Option<ExecutionProviderDispatch>, EncodeError> {
    let number = if choice.is_gpu() && choice.is_built() { device.number()? } else { 0 };
    Ok(match choice {
        ProviderChoice::Cuda => built!("cuda", number, ort::ep::CUDA::default().with_device_id(number)),
        ProviderChoice::Tensorrt => {
            built!("tensorrt", number, ort::ep::TensorRT::default().with_device_id(number).with_fp16(device.half))
        }
        ProviderChoice::Rocm => {
            built!("rocm", number, ort::ep::MIGraphX::default().with_device_id(number).with_fp16(device.half))
        }
        ProviderChoice::Directml => {
            built!("directml", number, ort::ep::DirectML::default().with_device_id(number))
        }
        ProviderChoice::Coreml => built!("coreml", number, ort::ep::CoreML::default()),
        ProviderChoice::Openvino => built!("openvino", number, {
            ort::ep::OpenVINO::default().with_device_type(device.openvino()).with_precision(if device.half {
                "FP16"
            } else {
                "FP32"
            })
        }),
        ProviderChoice::Auto | ProviderChoice::Cpu => None,
    })
}

/// What really runs a network, as ONNX Runtime recorded it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ProviderReport {
    /// The provider that was registered first: `cpu`, `cuda`, `tensorrt`, …
    pub provider: String,
    /// `CPU`, `GPU`, or the name of `OpenVINO`'s device.
    pub device: String,
    /// `f32`, or `f16` where the provider was told to compute in half precision.
    pub precision: String,
    /// Why an earlier provider was not used.
    pub fallback_reason: Option<String>,
    /// How many nodes each provider took, by ONNX Runtime's name of it; empty where it was not recorded.
    pub nodes_by_provider: BTreeMap<String, usize>,
}

impl ProviderReport {
    /// Of an encoder that is computed here, without ONNX Runtime.
    pub fn own() -> Self {
        Self {
            provider: "the program itself".to_owned(),
            device: "CPU".to_owned(),
            precision: "f32".to_owned(),
            ..Self::default()
        }
    }
}

impl std::fmt::Display for ProviderReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}, {})", self.provider, self.device, self.precision)?;
        if !self.nodes_by_provider.is_empty() {
            let counts: Vec<String> = self.nodes_by_provider.iter().map(|(name, n)| format!("{name} {n}")).collect();
            write!(f, ", nodes: {}", counts.join(", "))?;
        }
        if let Some(reason) = &self.fallback_reason {
            write!(f, "; not on a GPU because {reason}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_and_others_are_refused() {
        for choice in ProviderChoice::ALL {
            assert_eq!(choice.as_str().parse::<ProviderChoice>().unwrap(), choice);
        }
        let refused = "gpu".parse::<ProviderChoice>().unwrap_err().to_string();
        assert!(ProviderChoice::ALL.iter().all(|choice| refused.contains(choice.as_str())), "{refused}");
    }

    #[test]
    fn what_this_build_lacks_is_not_tried_by_auto_and_named_when_asked_for() {
        let device = Device::default();
        let built = |choice: ProviderChoice| dispatch(choice, &device).unwrap().is_some();
        let tried = ProviderChoice::Auto.candidates(&device).unwrap();
        assert_eq!(tried.len(), ProviderChoice::TRIED.into_iter().filter(|choice| built(*choice)).count());
        let asked = ProviderChoice::Coreml.candidates(&device).unwrap();
        assert_eq!((asked.len(), asked[0].dispatch.is_some()), (1, cfg!(feature = "coreml")));
        assert!(ProviderChoice::Cpu.candidates(&device).unwrap().is_empty());
    }

    #[test]
    fn a_gpu_that_is_no_number_is_refused_by_name() {
        let device = Device { name: "second".to_owned(), half: false };
        assert!(matches!(device.number(), Err(EncodeError::UnknownDevice(name)) if name == "second"));
        assert_eq!(Device { name: "1".to_owned(), half: false }.number().unwrap(), 1);
    }
}
