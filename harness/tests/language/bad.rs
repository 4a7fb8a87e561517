//! Pages with faults: every fault of every page is told, once, where it is, with what to do about it.

use super::super::{faults, folder, pages};

#[test]
fn every_fault_of_a_page_is_told() {
    for page in pages(&folder("bad")) {
        let name = page.path.trim_end_matches(".yaml").replace('/', "-");
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "bad/faults", omit_expression => true }, {
            insta::assert_snapshot!(name, faults(&[page]));
        });
    }
}
