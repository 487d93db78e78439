//! A row-major `f32` matrix: one allocation, rows as slices.

/// `rows` × `cols`, row-major.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    data: Vec<f32>,
}

impl Matrix {
    /// # Panics
    /// When `data` does not hold `rows` × `cols` numbers.
    pub fn new(rows: usize, cols: usize, data: Vec<f32>) -> Self {
        assert_eq!(data.len(), rows * cols, "a {rows} x {cols} matrix needs {} numbers", rows * cols);
        Self { rows, cols, data }
    }

    pub fn zeros(rows: usize, cols: usize) -> Self {
        Self { rows, cols, data: vec![0.0; rows * cols] }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn cols(&self) -> usize {
        self.cols
    }

    pub fn row(&self, i: usize) -> &[f32] {
        &self.data[i * self.cols..(i + 1) * self.cols]
    }

    pub fn row_mut(&mut self, i: usize) -> &mut [f32] {
        &mut self.data[i * self.cols..(i + 1) * self.cols]
    }

    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }

    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.data
    }

    pub fn into_vec(self) -> Vec<f32> {
        self.data
    }

    /// Append rows; `rows` holds a whole number of them. An empty matrix takes its width from `cols` at construction.
    pub fn push_rows(&mut self, rows: &[f32]) {
        debug_assert_eq!(rows.len() % self.cols.max(1), 0);
        self.data.extend_from_slice(rows);
        self.rows = self.data.len() / self.cols.max(1);
    }

    /// The rows at `index`, copied in that order.
    pub fn gather(&self, index: &[usize]) -> Self {
        let mut data = Vec::with_capacity(index.len() * self.cols);
        for &i in index {
            data.extend_from_slice(self.row(i));
        }
        Self { rows: index.len(), cols: self.cols, data }
    }
}
