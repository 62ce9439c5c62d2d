//! The modules of the workspace: the items, imports and child modules of each, and what a path in one stands for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, Meta, UseTree, Visibility};

/// All modules but those of tests, in the order in which they are declared.
#[derive(Default)]
pub(super) struct Modules {
    pub(super) list: Vec<Module>,
    libraries: BTreeMap<String, usize>,
}

/// A module: a file, or a part of one in braces.
pub(super) struct Module {
    pub(super) file: PathBuf,
    pub(super) items: Vec<Item>,
    /// Where files of child modules lie.
    folder: PathBuf,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    defined: BTreeSet<String>,
    imports: Vec<Import>,
    /// The words of all macro calls and macros, which can define items.
    macro_words: BTreeSet<String>,
}

/// One name that `use` brings into a module.
#[derive(Clone)]
pub(super) struct Import {
    /// `None` for `*`.
    name: Option<String>,
    path: Vec<String>,
    pub(super) is_public: bool,
}

impl Import {
    pub(super) fn into_path(self) -> Vec<String> {
        self.path
    }
}

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Module(usize),
    Item { file: PathBuf, name: String },
}

impl Modules {
    /// Reads a crate from its root file. Others name it `name`, if it is a library.
    pub(super) fn add_crate(&mut self, name: Option<&str>, file: &Path) {
        let items = parse(file);
        let folder = file.parent().unwrap().to_owned();
        let root = self.add(None, file, folder, items);
        if let Some(name) = name {
            self.libraries.insert(name.to_owned(), root);
        }
    }

    fn add(
        &mut self,
        parent: Option<usize>,
        file: &Path,
        folder: PathBuf,
        items: Vec<Item>,
    ) -> usize {
        let index = self.list.len();
        let mut module = Module {
            file: file.to_owned(),
            folder,
            parent,
            children: BTreeMap::new(),
            defined: BTreeSet::new(),
            imports: Vec::new(),
            macro_words: BTreeSet::new(),
            items: items.into_iter().filter(|item| !is_test(item)).collect(),
        };
        let mut children = Vec::new();
        for item in &module.items {
            match item {
                Item::Use(item) => module.imports.extend(imports(item)),
                Item::Mod(child) => children.push(child.clone()),
                Item::Macro(call) => {
                    words(&call.mac.tokens.to_string(), &mut module.macro_words);
                    module.defined.extend(defined_name(item));
                }
                item => module.defined.extend(defined_name(item)),
            }
        }
        self.list.push(module);
        for child in children {
            let name = child.ident.to_string();
            let added = self.add_child(index, &name, child.content.map(|(_, items)| items));
            self.list[index].children.insert(name, added);
        }
        index
    }

    fn add_child(&mut self, parent: usize, name: &str, inline: Option<Vec<Item>>) -> usize {
        let folder = self.list[parent].folder.join(name);
        if let Some(items) = inline {
            let file = self.list[parent].file.clone();
            return self.add(Some(parent), &file, folder, items);
        }
        let beside = folder.with_extension("rs");
        let inside = folder.join("mod.rs");
        let file = if beside.is_file() { beside } else { inside };
        self.add(Some(parent), &file, folder, parse(&file))
    }

    /// What a path in a module stands for: a type and a function may have one name.
    pub(super) fn resolve(&self, module: usize, path: &[String]) -> BTreeSet<Target> {
        self.resolve_unseen(module, path, &mut BTreeSet::new())
    }

    fn resolve_unseen(&self, module: usize, path: &[String], seen: &mut Seen) -> BTreeSet<Target> {
        let [first, rest @ ..] = path else {
            return BTreeSet::from([Target::Module(module)]);
        };
        let mut targets = self.first(module, first, seen);
        for name in rest {
            let modules: Vec<usize> = targets.iter().filter_map(Target::module).collect();
            if modules.is_empty() {
                // What follows a type is a part of it.
                return targets;
            }
            let inner = modules.into_iter().map(|module| match name.as_str() {
                "self" => BTreeSet::from([Target::Module(module)]),
                "super" => self.parent(module),
                _ => self.lookup(module, name, seen),
            });
            targets = inner.flatten().collect();
        }
        targets
    }

    fn first(&self, module: usize, name: &str, seen: &mut Seen) -> BTreeSet<Target> {
        match name {
            "crate" => BTreeSet::from([Target::Module(self.root(module))]),
            "self" => BTreeSet::from([Target::Module(module)]),
            "super" => self.parent(module),
            _ => {
                let mut found = self.lookup(module, name, seen);
                if found.is_empty() {
                    found.extend(self.libraries.get(name).copied().map(Target::Module));
                }
                found
            }
        }
    }

    /// What a name stands for in a module: its own, else imported by name, else by `*`.
    fn lookup(&self, module: usize, name: &str, seen: &mut Seen) -> BTreeSet<Target> {
        let Module {
            file,
            children,
            defined,
            imports,
            macro_words,
            ..
        } = &self.list[module];
        let item = || Target::Item {
            file: file.clone(),
            name: name.to_owned(),
        };
        let mut found: BTreeSet<Target> = children
            .get(name)
            .copied()
            .map(Target::Module)
            .into_iter()
            .collect();
        found.extend(defined.contains(name).then(item));
        if seen.insert((module, name.to_owned())) {
            let named = imports
                .iter()
                .filter(|import| import.name.as_deref() == Some(name));
            for import in named {
                found.extend(self.resolve_unseen(module, &import.path, seen));
            }
            let globs = imports.iter().filter(|import| import.name.is_none());
            for glob in globs.filter(|_| found.is_empty()).collect::<Vec<_>>() {
                let opened = self.resolve_unseen(module, &glob.path, seen);
                for inner in opened.iter().filter_map(Target::module) {
                    found.extend(self.lookup(inner, name, seen));
                }
            }
        }
        if found.is_empty() && macro_words.contains(name) {
            found.insert(item());
        }
        found
    }

    fn parent(&self, module: usize) -> BTreeSet<Target> {
        self.list[module]
            .parent
            .map(Target::Module)
            .into_iter()
            .collect()
    }

    fn root(&self, module: usize) -> usize {
        self.list[module]
            .parent
            .map_or(module, |parent| self.root(parent))
    }
}

/// Names that are being looked up: imports can refer to each other.
type Seen = BTreeSet<(usize, String)>;

impl Target {
    fn module(&self) -> Option<usize> {
        match self {
            Self::Module(module) => Some(*module),
            Self::Item { .. } => None,
        }
    }
}

fn parse(file: &Path) -> Vec<Item> {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    syn::parse_file(&text).unwrap().items
}

/// What `use` brings in, name by name.
pub(super) fn imports(item: &syn::ItemUse) -> Vec<Import> {
    let is_public = !matches!(item.vis, Visibility::Inherited);
    let mut found = Vec::new();
    flatten(&item.tree, &[], &mut found);
    let found = found.into_iter();
    found
        .map(|(name, path)| Import {
            name,
            path,
            is_public,
        })
        .collect()
}

fn flatten(tree: &UseTree, before: &[String], found: &mut Vec<(Option<String>, Vec<String>)>) {
    let longer = |name: &syn::Ident| [before, &[name.to_string()]].concat();
    match tree {
        UseTree::Path(path) => flatten(&path.tree, &longer(&path.ident), found),
        UseTree::Name(name) if name.ident == "self" => {
            found.push((before.last().cloned(), before.to_vec()));
        }
        UseTree::Name(name) => found.push((Some(name.ident.to_string()), longer(&name.ident))),
        UseTree::Rename(name) if name.ident == "self" => {
            found.push((Some(name.rename.to_string()), before.to_vec()));
        }
        UseTree::Rename(name) => {
            found.push((Some(name.rename.to_string()), longer(&name.ident)));
        }
        UseTree::Glob(_) => found.push((None, before.to_vec())),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, before, found);
            }
        }
    }
}

/// Whether an item is there for tests only.
pub(super) fn is_test(item: &Item) -> bool {
    attributes(item).iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return attribute.path().is_ident("test");
        };
        let tokens = list.tokens.to_string();
        list.path.is_ident("cfg") && tokens.contains("test") && !tokens.contains("not")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn defined_name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn words(text: &str, found: &mut BTreeSet<String>) {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    found.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
}
