//! The lengths of functions.

use std::path::PathBuf;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::modules::{Modules, is_test};

/// A function with a body.
pub(super) struct Function {
    pub(super) file: PathBuf,
    pub(super) name: String,
    /// From `fn` to the closing brace.
    pub(super) lines: usize,
}

/// The functions of all modules.
pub(super) fn functions(modules: &Modules) -> Vec<Function> {
    let mut found = Vec::new();
    for module in &modules.list {
        let mut bodies = Bodies::default();
        for item in &module.items {
            if !matches!(item, syn::Item::Mod(_)) {
                bodies.visit_item(item);
            }
        }
        let functions = bodies.0.into_iter();
        found.extend(functions.map(|(name, lines)| Function {
            file: module.file.clone(),
            name,
            lines,
        }));
    }
    found
}

#[derive(Default)]
struct Bodies(Vec<(String, usize)>);

impl Bodies {
    fn add(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let lines = 1 + body.span().end().line - signature.span().start().line;
        self.0.push((signature.ident.to_string(), lines));
    }
}

impl<'ast> Visit<'ast> for Bodies {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.add(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}
