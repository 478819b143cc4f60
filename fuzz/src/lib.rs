//! The operations, models and comparisons of the tests, for the fuzz targets.

#[path = "../../tests/common/compare.rs"]
pub mod compare;
#[path = "../../tests/common/cover.rs"]
pub mod cover;
#[path = "../../tests/common/model.rs"]
pub mod model;
#[path = "../../tests/common/ops.rs"]
pub mod ops;
#[path = "../../tests/common/reference_rb.rs"]
pub mod reference_rb;
