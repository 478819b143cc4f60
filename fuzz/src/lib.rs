//! The operations, models and comparisons of the tests, for the fuzz targets.

#[path = "../../tests/range_map/bitmap.rs"]
#[allow(dead_code, reason = "of the types of ends one is enough here")]
mod bitmap;
#[path = "../../tests/common/compare.rs"]
pub mod compare;
#[path = "../../tests/common/cover.rs"]
pub mod cover;
#[path = "../../tests/common/ends.rs"]
pub mod ends;
#[path = "../../tests/common/fault_ops.rs"]
pub mod fault_ops;
#[path = "../../tests/range_map/history.rs"]
pub mod history;
#[path = "../../tests/common/index.rs"]
pub mod index;
#[path = "../../tests/common/model.rs"]
pub mod model;
#[path = "../../tests/common/ops.rs"]
pub mod ops;
#[path = "../../tests/common/probe.rs"]
pub mod probe;
#[path = "../../tests/index/published_history.rs"]
pub mod published_history;
#[path = "../../tests/common/reference_rb.rs"]
pub mod reference_rb;
#[path = "../../tests/rmap/rmap_ops.rs"]
pub mod rmap_ops;
#[path = "../../tests/index/snapshot_history.rs"]
pub mod snapshot_history;
#[path = "../../tests/common/world.rs"]
pub mod world;
