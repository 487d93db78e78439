//! ONNX files as plain messages: read, build, ask about.
//!
//! **Invariant:** decoding a file and encoding it again gives the same bytes; no file access, no ONNX Runtime.

pub mod build;
pub mod cut;
pub mod devices;
pub mod edit;
pub mod messages;
pub mod quantise;
#[cfg(test)]
pub(crate) mod testing;
pub mod types;
pub mod wiring;

use prost::Message as _;

pub use messages::{Attribute, Graph, Model, Node, Tensor, ValueInfo};

/// Why bytes are not an ONNX model that can be used.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    #[error("this is not an ONNX file; export the model again, or give another file")]
    NotOnnx(#[from] prost::DecodeError),
    #[error("the file holds no graph; export the model again, or give another file")]
    NoGraph,
    #[error("the model keeps its weights in other files (`{0}`); save it again with the weights inside")]
    ExternalData(String),
}

/// One dimension of a value's shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dim {
    Fixed(usize),
    Open,
}

impl Model {
    /// Read a model from the bytes of a file.
    ///
    /// # Errors
    /// When the bytes are not an ONNX model, hold no graph, or refer to weights in other files.
    pub fn read(bytes: impl Into<bytes::Bytes>) -> Result<Self, OnnxError> {
        let model = Self::decode(bytes.into())?;
        let graph = model.graph.as_ref().ok_or(OnnxError::NoGraph)?;
        if graph.node.is_empty() && graph.output.is_empty() {
            return Err(OnnxError::NoGraph);
        }
        let outside = graph.initializer.iter().find(|tensor| tensor.data_location == Some(messages::EXTERNAL));
        if let Some(tensor) = outside {
            return Err(OnnxError::ExternalData(tensor.name().to_owned()));
        }
        Ok(model)
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// The version of ONNX's own operator set, if the model names one.
    pub fn opset(&self) -> Option<i64> {
        let own = |domain: &str| domain.is_empty() || domain == "ai.onnx";
        self.opset_import.iter().find(|set| own(set.domain())).map(messages::OperatorSetId::version)
    }

    /// The inputs that a caller must give: those that no constant fills.
    pub fn inputs(&self) -> Vec<&ValueInfo> {
        let Some(graph) = &self.graph else { return Vec::new() };
        let filled = |name: &str| graph.initializer.iter().any(|tensor| tensor.name() == name);
        graph.input.iter().filter(|input| !filled(input.name())).collect()
    }

    /// Whether the first input has a batch of one and no other.
    pub fn takes_one_at_a_time(&self) -> bool {
        let dims = self.inputs().first().and_then(|input| input.dims());
        dims.is_some_and(|dims| dims.first() == Some(&Dim::Fixed(1)))
    }

    pub fn outputs(&self) -> &[ValueInfo] {
        self.graph.as_ref().map_or(&[], |graph| &graph.output)
    }
}

impl ValueInfo {
    /// The shape, where the model says it is a tensor with a shape.
    pub fn dims(&self) -> Option<Vec<Dim>> {
        let types::Value::Tensor(tensor) = self.r#type.as_ref()?.value.as_ref()? else { return None };
        let dim = |dim: &types::Dimension| match dim.value {
            Some(types::Extent::Number(n)) if n > 0 => Dim::Fixed(usize::try_from(n).unwrap_or(usize::MAX)),
            _ => Dim::Open,
        };
        Some(tensor.shape.as_ref()?.dim.iter().map(dim).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::build;

    #[test]
    #[cfg_attr(not(developers_data), ignore = "needs the developers' encoders")]
    fn real_models_come_back_byte_for_byte() {
        let shared = testing::shared();
        let mut n_models = 0;
        for entry in std::fs::read_dir(shared.join("encoders")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "onnx") {
                let bytes = std::fs::read(&path).unwrap();
                let model = Model::read(bytes.clone()).unwrap();
                assert!(model.to_bytes() == bytes, "{} changed", path.display());
                assert_eq!(model.inputs().len(), 1);
                assert_eq!(model.opset(), Some(13));
                n_models += 1;
            }
        }
        assert!(n_models > 0);
    }

    #[test]
    fn garbage_and_emptiness_are_refused() {
        assert!(matches!(Model::read(&b"\xff\xff\xffnot a model"[..]), Err(OnnxError::NotOnnx(_))));
        assert!(matches!(Model::read(&b""[..]), Err(OnnxError::NoGraph)));
    }

    #[test]
    fn weights_in_other_files_are_refused_by_name() {
        let mut weight = build::floats("w", &[1], &[1.0]);
        weight.data_location = Some(messages::EXTERNAL);
        let graph = Graph { initializer: vec![weight], output: vec![build::batch_of("y", &[1])], ..Graph::default() };
        let model = Model { graph: Some(graph), ..Model::default() };
        let refused = Model::read(model.to_bytes());
        assert!(matches!(refused, Err(OnnxError::ExternalData(name)) if name == "w"));
    }

    #[test]
    fn a_symbolic_batch_is_an_open_dimension() {
        let value = build::batch_of("x", &[3, 8]);
        assert_eq!(value.dims(), Some(vec![Dim::Open, Dim::Fixed(3), Dim::Fixed(8)]));
    }
}
