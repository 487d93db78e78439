//! Arrays from `.npy` files, checked before they are used.
//!
//! **Invariant:** the size the header claims is compared with the file before memory is taken for it.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use npyz::{DType, NpyFile, Order, WriterBuilder as _};

use super::SimulateError;
use crate::math::Matrix;

/// Numbers with their shape.
pub struct Array<T> {
    pub shape: Vec<usize>,
    pub numbers: Vec<T>,
}

/// What numbers of a file become: embeddings stay single, so that a million of them are never held as doubles.
pub trait Number: Copy {
    fn from_single(x: f32) -> Self;
    fn from_double(x: f64) -> Self;
}

impl Number for f32 {
    fn from_single(x: f32) -> Self {
        x
    }
    fn from_double(x: f64) -> Self {
        x as Self
    }
}

impl Number for f64 {
    fn from_single(x: f32) -> Self {
        x.into()
    }
    fn from_double(x: f64) -> Self {
        x
    }
}

/// Read floats of 16, 32 or 64 bits, or integers or booleans of any size. Fortran order is converted to C order.
pub fn read<T: Number>(path: &Path) -> Result<Array<T>, SimulateError> {
    let refuse = |why: String| SimulateError::File { path: path.to_owned(), why };
    let file = File::open(path).map_err(|error| refuse(error.to_string()))?;
    let size = file.metadata().map_err(|error| refuse(error.to_string()))?.len();
    check_header(&file).map_err(refuse)?;
    let npy = NpyFile::new(BufReader::new(file)).map_err(|error| refuse(format!("it is not a .npy file ({error})")))?;
    let kind = npy.dtype().descr();
    let DType::Plain(plain) = npy.dtype() else {
        return Err(refuse(format!("its numbers are {kind}; save one plain array")));
    };
    let each = plain.num_bytes().unwrap_or(0) as u64;
    let count = npy.shape().iter().try_fold(1u64, |n, &d| n.checked_mul(d));
    let bytes = count.and_then(|n| n.checked_mul(each)).filter(|&bytes| bytes <= size);
    let (Some(_), Some(_)) = (count, bytes) else {
        return Err(refuse(format!("its shape {:?} needs more bytes than it has; save it again", npy.shape())));
    };
    let fortran = npy.order() != Order::C;
    let shape: Vec<usize> = npy.shape().iter().map(|&d| d as usize).collect();
    macro_rules! numbers {
        ($number:ty, $widen:expr) => {
            npy.into_vec::<$number>().map(|all| all.into_iter().map($widen).collect::<Vec<T>>())
        };
    }
    // The description reads `'<f4'`: byte order, kind, bytes.
    let numbers = match kind.trim_matches(['\'', '<', '>', '|', '=']) {
        "f2" => numbers!(half::f16, |x| T::from_single(x.into())),
        "f4" => numbers!(f32, T::from_single),
        "f8" => numbers!(f64, T::from_double),
        "i1" => numbers!(i8, |x| T::from_double(x.into())),
        "i2" => numbers!(i16, |x| T::from_double(x.into())),
        "i4" => numbers!(i32, |x| T::from_double(x.into())),
        "i8" => numbers!(i64, |x| T::from_double(x as f64)),
        "u1" => numbers!(u8, |x| T::from_double(x.into())),
        "u2" => numbers!(u16, |x| T::from_double(x.into())),
        "u4" => numbers!(u32, |x| T::from_double(x.into())),
        "u8" => numbers!(u64, |x| T::from_double(x as f64)),
        "b1" => numbers!(bool, |x| T::from_double(x.into())),
        _ => return Err(refuse(format!("its numbers are {kind}; use float16, float32, float64 or integers"))),
    };
    let numbers = numbers.map_err(|error| refuse(format!("it ends early ({error}); save it again")))?;
    let numbers = if fortran { in_c_order(&numbers, &shape) } else { numbers };
    Ok(Array { shape, numbers })
}

/// Reorder numbers whose first index varies fastest so that the last one does.
fn in_c_order<T: Copy>(numbers: &[T], shape: &[usize]) -> Vec<T> {
    // The stride of each axis.
    let steps: Vec<usize> = shape
        .iter()
        .scan(1, |step, &size| {
            let here = *step;
            *step *= size;
            Some(here)
        })
        .collect();
    let mut index = vec![0; shape.len()];
    let mut ordered = Vec::with_capacity(numbers.len());
    for _ in 0..numbers.len() {
        ordered.push(numbers[index.iter().zip(&steps).map(|(i, step)| i * step).sum::<usize>()]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
    ordered
}

/// Refuse headers that the parser would trust with memory or multiply past 64 bits. Leaves the file at its start.
fn check_header(mut file: &File) -> Result<(), String> {
    const LONGEST: usize = 1 << 16;
    let mut head = Vec::new();
    let read = file.take(LONGEST as u64).read_to_end(&mut head).and_then(|_| file.seek(SeekFrom::Start(0)));
    read.map_err(|error| error.to_string())?;
    let length = match head[..] {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => usize::from(u16::from_le_bytes([a, b])),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => u32::from_le_bytes([a, b, c, d]) as usize,
        _ => return Err("it is not a .npy file; save it with `numpy.save`".to_owned()),
    };
    if length + 12 > LONGEST {
        return Err("its header is too long; save one plain array".to_owned());
    }
    let text = String::from_utf8_lossy(&head);
    let shape = text
        .split_once("'shape'")
        .and_then(|(_, rest)| rest.split_once('('))
        .and_then(|(_, rest)| rest.split_once(')'));
    let sizes = shape.map_or("", |(inside, _)| inside).split(',').map(str::trim).filter(|size| !size.is_empty());
    let total = sizes.map(|size| size.parse::<u64>().ok()).try_fold(1u64, |n, size| n.checked_mul(size?));
    if total.is_none() { Err("its shape needs more bytes than it has; save it again".to_owned()) } else { Ok(()) }
}

/// A two-dimensional array of finite numbers.
pub fn matrix(path: &Path) -> Result<Matrix, SimulateError> {
    let refuse = |why: String| SimulateError::File { path: path.to_owned(), why };
    let array = read::<f32>(path)?;
    let [rows, cols] = array.shape[..] else {
        return Err(refuse(format!("its shape is {:?}; embeddings are samples × dimensions", array.shape)));
    };
    if cols == 0 {
        return Err(refuse("its rows have no dimensions".to_owned()));
    }
    let data = array.numbers;
    if let Some(at) = data.iter().position(|x| !x.is_finite()) {
        return Err(refuse(format!("row {} is not finite; leave that sample out", at / cols)));
    }
    Ok(Matrix::new(rows, cols, data))
}

/// Write embeddings as 32-bit floats.
pub fn write_matrix(path: &Path, rows: &Matrix) -> Result<(), SimulateError> {
    write(path, &[rows.rows() as u64, rows.cols() as u64], rows.as_slice().iter().copied())
}

/// Write whole numbers as 64-bit integers.
pub fn write_indices(path: &Path, numbers: &[usize]) -> Result<(), SimulateError> {
    write(path, &[numbers.len() as u64], numbers.iter().map(|&n| n as i64))
}

fn write<T: npyz::AutoSerialize>(
    path: &Path,
    shape: &[u64],
    numbers: impl Iterator<Item = T>,
) -> Result<(), SimulateError> {
    let failed = |source| SimulateError::Write { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes);
    let written = options.begin_nd().and_then(|mut writer| {
        writer.extend(numbers)?;
        writer.finish()
    });
    written.map_err(failed)?;
    std::fs::write(path, bytes).map_err(failed)
}

/// A one-dimensional array of whole numbers from 0 to 2³² − 1.
pub fn indices(path: &Path) -> Result<Vec<usize>, SimulateError> {
    let refuse = |why: String| SimulateError::File { path: path.to_owned(), why };
    let array = read::<f64>(path)?;
    if array.shape.len() != 1 {
        return Err(refuse(format!("its shape is {:?}; use one number per sample", array.shape)));
    }
    let whole = |(i, x): (usize, f64)| {
        let good = (0.0..4_294_967_296.0).contains(&x) && x.fract() == 0.0;
        if good { Ok(x as usize) } else { Err(refuse(format!("entry {i} is `{x}`; use whole numbers from 0"))) }
    };
    array.numbers.into_iter().enumerate().map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A version 1.0 file, written byte by byte.
    fn file(header: &str, data: &[u8]) -> tempfile::NamedTempFile {
        let header = format!("{header:<117}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    fn floats(shape: &str, values: &[f32]) -> tempfile::NamedTempFile {
        let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        file(&format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"), &data)
    }

    fn why<T>(result: Result<T, SimulateError>) -> String {
        result.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn floats_and_bytes_are_read() {
        let read = matrix(floats("(2, 2)", &[1.0, 2.0, 3.0, 4.5]).path()).unwrap();
        assert_eq!(read.as_slice(), [1.0, 2.0, 3.0, 4.5]);
        let bytes = file("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", &[0, 2, 1]);
        assert_eq!(indices(bytes.path()).unwrap(), [0, 2, 1]);
    }

    #[test]
    fn a_shape_that_lies_is_refused_before_memory_is_taken() {
        for shape in ["(1000000000000, 384)", "(18446744073709551615, 18446744073709551615)", "(300, 2)"] {
            assert!(why(matrix(floats(shape, &[1.0, 2.0]).path())).contains("more bytes than it has"), "{shape}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert!(why(matrix(floats("(3, 2)", &[1.0, 2.0]).path())).contains("ends early"));
        assert!(why(matrix(floats("(1, 2)", &[1.0, f32::NAN]).path())).contains("row 0 is not finite"));
        assert!(why(matrix(floats("(2,)", &[1.0, 2.0]).path())).contains("samples × dimensions"));
        assert!(why(indices(floats("(2,)", &[1.0, -2.0]).path())).contains("entry 1"));
        assert!(why(matrix(file("no header", &[]).path())).contains("not a .npy file"));
        let complex = file("{'descr': '<c8', 'fortran_order': False, 'shape': (1, 1), }", &[0; 8]);
        assert!(why(matrix(complex.path())).contains("float32"));
    }

    #[test]
    fn half_precision_and_fortran_order_are_read_as_numpy_means_them() {
        // numpy.array([1, -2, 0.5], 'f2'), and numpy.array([[1, 2, 3], [4, 5, 6]]) in Fortran order.
        let half = file("{'descr': '<f2', 'fortran_order': False, 'shape': (1, 3), }", &[0, 0x3c, 0, 0xc0, 0, 0x38]);
        assert_eq!(matrix(half.path()).unwrap().as_slice(), [1.0, -2.0, 0.5]);
        let data: Vec<u8> = [1.0f32, 4.0, 2.0, 5.0, 3.0, 6.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let fortran = file("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", &data);
        assert_eq!(matrix(fortran.path()).unwrap().as_slice(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        // numpy.arange(8).reshape(2, 2, 2) in Fortran order.
        assert_eq!(in_c_order(&[0, 4, 2, 6, 1, 5, 3, 7], &[2, 2, 2]), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(in_c_order::<i32>(&[], &[0, 3]).is_empty());
    }
}
