//! Small constructors for the parts of a graph that this crate writes itself.

use bytes::Bytes;
use half::f16;

use super::Dim;
use super::messages::{Attribute, Node, StringStringEntry, Tensor, ValueInfo, attribute_kind, data_type};
use super::types::{Dimension, Extent, Shape, TensorType, Type, Value};

/// A float constant of shape `dims`, row-major.
pub fn floats(name: &str, dims: &[usize], values: &[f32]) -> Tensor {
    debug_assert_eq!(dims.iter().product::<usize>(), values.len());
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, dims, data_type::FLOAT, raw)
}

/// A constant in half precision.
pub fn halves(name: &str, dims: &[usize], values: &[f16]) -> Tensor {
    debug_assert_eq!(dims.iter().product::<usize>(), values.len());
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, dims, data_type::FLOAT16, raw)
}

/// A one-dimensional integer constant: shapes, axes, bounds.
pub fn ints(name: &str, values: &[i64]) -> Tensor {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, &[values.len()], data_type::INT64, raw)
}

/// A constant of signed bytes in two's complement.
pub fn bytes_signed(name: &str, dims: &[i64], values: Bytes) -> Tensor {
    Tensor {
        dims: dims.to_vec(),
        data_type: Some(data_type::INT8),
        name: Some(name.to_owned()),
        raw_data: Some(values),
        ..Tensor::default()
    }
}

fn tensor(name: &str, dims: &[usize], kind: i32, raw: Vec<u8>) -> Tensor {
    Tensor {
        dims: dims.iter().map(|&n| n as i64).collect(),
        data_type: Some(kind),
        name: Some(name.to_owned()),
        raw_data: Some(Bytes::from(raw)),
        ..Tensor::default()
    }
}

/// A node whose name is its first output's.
pub fn node(op: &str, inputs: &[&str], outputs: &[&str], attributes: Vec<Attribute>) -> Node {
    Node {
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: outputs.iter().map(|&name| name.to_owned()).collect(),
        name: outputs.first().map(|&name| name.to_owned()),
        op_type: Some(op.to_owned()),
        attribute: attributes,
        ..Node::default()
    }
}

pub fn int(name: &str, value: i64) -> Attribute {
    Attribute { name: Some(name.to_owned()), i: Some(value), kind: Some(attribute_kind::INT), ..Attribute::default() }
}

pub fn float(name: &str, value: f32) -> Attribute {
    Attribute { name: Some(name.to_owned()), f: Some(value), kind: Some(attribute_kind::FLOAT), ..Attribute::default() }
}

/// A list of floats.
pub fn float_list(name: &str, values: &[f32]) -> Attribute {
    Attribute {
        name: Some(name.to_owned()),
        floats: values.to_vec(),
        kind: Some(attribute_kind::FLOATS),
        ..Attribute::default()
    }
}

pub fn int_list(name: &str, values: &[i64]) -> Attribute {
    Attribute {
        name: Some(name.to_owned()),
        ints: values.to_vec(),
        kind: Some(attribute_kind::INTS),
        ..Attribute::default()
    }
}

pub fn text(name: &str, value: &str) -> Attribute {
    Attribute {
        name: Some(name.to_owned()),
        s: Some(value.as_bytes().to_vec()),
        kind: Some(attribute_kind::STRING),
        ..Attribute::default()
    }
}

pub fn texts(name: &str, values: &[&str]) -> Attribute {
    Attribute {
        name: Some(name.to_owned()),
        strings: values.iter().map(|value| value.as_bytes().to_vec()).collect(),
        kind: Some(attribute_kind::STRINGS),
        ..Attribute::default()
    }
}

/// A float value of shape `[batch, dims…]`, the batch left open.
pub fn batch_of(name: &str, dims: &[usize]) -> ValueInfo {
    let dims: Vec<Dim> = dims.iter().map(|&n| Dim::Fixed(n)).collect();
    value(name, data_type::FLOAT, &[&[Dim::Open], dims.as_slice()].concat())
}

/// A value of numbers of `kind` (see [`data_type`]). An open first dimension is called `batch`, other open ones nothing.
pub fn value(name: &str, kind: i32, dims: &[Dim]) -> ValueInfo {
    let extent = |(axis, dim): (usize, &Dim)| match dim {
        Dim::Fixed(n) => Some(Extent::Number(*n as i64)),
        Dim::Open => (axis == 0).then(|| Extent::Symbol("batch".to_owned())),
    };
    let dims = dims.iter().enumerate().map(|at| Dimension { value: extent(at), denotation: None });
    let tensor = TensorType { elem_type: Some(kind), shape: Some(Shape { dim: dims.collect() }) };
    ValueInfo {
        name: Some(name.to_owned()),
        r#type: Some(Type { value: Some(Value::Tensor(tensor)), denotation: None }),
        ..ValueInfo::default()
    }
}

/// A line of a model's metadata.
pub fn property(key: &str, value: &str) -> StringStringEntry {
    StringStringEntry { key: Some(key.to_owned()), value: Some(value.to_owned()) }
}
