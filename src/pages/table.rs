//! A table of pages that an index shares with its snapshots until it changes them.
//!
//! A page has a count of the tables it is in, and so has a group of pages; a snapshot copies the
//! references to the groups. What is read is found by one array of addresses. (P2) `views` has the
//! address of each page of the groups. (P3) A page that is `owned` is in this table only, and so is its
//! group; only such a page is written.

#![expect(unsafe_code, reason = "the addresses of pages are kept beside the pages")]
#![expect(clippy::inline_always, reason = "compiled with the instructions of the caller")]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};

use arrayvec::ArrayVec;

use super::counted::{AnyCounted, Counted};
#[cfg(target_has_atomic = "ptr")]
use super::rewrite::put;
use super::{OrPanic, push_reserved};

/// Pages of a group: a change after a snapshot copies the references to a group of them, and a
/// snapshot those to all groups.
const GROUP: usize = 16;

/// Where the parts of a page lie. It changes only when the page grows.
pub(crate) type View = [*mut u8; 2];

/// What a table holds.
pub(crate) trait Page {
    fn view(&mut self) -> View;
}

/// A page that can be shared, because it can be copied.
#[cfg(target_has_atomic = "ptr")]
pub(crate) trait CopyPage: Page + Sync {
    /// The most pages of which a former version is kept to be rewritten.
    const SPARES: usize;

    /// Copies the page, unless memory is exhausted.
    fn try_copy(&self) -> Result<Self, TryReserveError>
    where
        Self: Sized;

    /// Makes this, a former version of the page, equal to it, by writing only what differs. Returns
    /// `false`, and has done nothing, if it has not the size for that.
    fn rewrite(&mut self, page: &Self) -> bool;
}

type Group = ArrayVec<AnyCounted, GROUP>;

/// How a page of a group, or the group alone, is made a table's own. It is reached by a pointer that is
/// set when pages are shared: a program that takes no snapshot does not contain it.
type Owner = fn(&mut AnyTable, usize, Option<usize>) -> Result<(), TryReserveError>;

/// (P5) The pages of the table, and those it spares, are `P`, and what makes them its own is for such.
pub(crate) struct Table<P: Page> {
    any: AnyTable,
    pages: PhantomData<P>,
    /// No pages of other lifetimes take the place of these.
    invariant: PhantomData<fn(&mut P)>,
}

/// A table whatever its pages are: so most of it is compiled once.
struct AnyTable {
    groups: Vec<Counted<Group>>,
    views: Vec<View>,
    owned: Vec<bool>,
    /// Set once a snapshot was taken: so nothing is asked of what is never shared.
    own: Option<Owner>,
    spares: Spares,
}

/// Former versions of pages, which no table holds.
struct Spares {
    /// One of each page, if there is one.
    of: Vec<Option<AnyCounted>>,
    /// How many there are.
    count: usize,
    /// The page from which on the next to be dropped is looked for.
    hand: usize,
}

impl Spares {
    const NONE: Self = Self { of: Vec::new(), count: 0, hand: 0 };
}

// SAFETY: a view is nothing but an address, and what it leads to is used as the page is. A page that is
// shared with a table of another thread is `Sync`, as `try_share` asks, and dropped by either.
unsafe impl<P: Page + Send> Send for Table<P> {}
// SAFETY: the same.
unsafe impl<P: Page + Sync> Sync for Table<P> {}

impl<P: Page + UnwindSafe> UnwindSafe for Table<P> {}
impl<P: Page + RefUnwindSafe> RefUnwindSafe for Table<P> {}

impl<P: Page> Table<P> {
    pub(crate) const fn new() -> Self {
        let any = AnyTable {
            groups: Vec::new(),
            views: Vec::new(),
            owned: Vec::new(),
            own: None,
            spares: Spares::NONE,
        };
        Self { any, pages: PhantomData, invariant: PhantomData }
    }

    /// Number of pages.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.any.views.len()
    }

    #[inline(always)]
    pub(crate) fn view(&self, page: usize) -> Option<View> {
        self.any.views.get(page).copied()
    }

    /// # Safety
    ///
    /// There is such a page.
    #[inline(always)]
    pub(crate) unsafe fn view_unchecked(&self, page: usize) -> View {
        debug_assert!(page < self.len(), "a page of the table");
        // SAFETY: as the caller promises.
        unsafe { *self.any.views.get_unchecked(page) }
    }

    /// The view of a page that was made this table's own before, and is made so now if it was not.
    ///
    /// # Safety
    ///
    /// There is such a page.
    ///
    /// # Panics
    ///
    /// Panics if the page must be copied and memory is exhausted, or a clone panics.
    #[inline(always)]
    pub(crate) unsafe fn owned_view_unchecked(&mut self, page: usize) -> View {
        debug_assert!(self.any.owned[page], "what may fail comes before the change");
        // SAFETY: as the caller promises; there are as many of both.
        if !unsafe { *self.any.owned.get_unchecked(page) } {
            self.any.own_or_panic(page);
        }
        // SAFETY: the same.
        unsafe { self.view_unchecked(page) }
    }

    /// Borrows a page that is owned.
    pub(crate) fn owned_mut(&mut self, page: usize) -> &mut P {
        // SAFETY: the pages of this table are `P` (P5).
        let page = unsafe { self.any.owned_page(page).of_mut::<P>() };
        page.get_mut().expect("an owned page (P3)")
    }

    /// Changes the memory of a page that is owned.
    pub(crate) fn resize<E>(
        &mut self,
        page: usize,
        resize: impl FnOnce(&mut P) -> Result<(), E>,
    ) -> Result<(), E> {
        let held = self.owned_mut(page);
        let outcome = resize(held);
        let view = held.view();
        self.any.views[page] = view;
        outcome
    }

    /// Makes sure that so many more pages need no memory but their own and that of their groups.
    pub(crate) fn try_reserve(&mut self, pages: usize) -> Result<(), TryReserveError> {
        self.any.try_reserve(pages)
    }

    pub(crate) fn try_push(&mut self, mut page: P) -> Result<(), TryReserveError> {
        let view = page.view();
        self.any.try_push(Counted::try_new(page)?.into_any(), view)
    }

    /// Makes sure that a page is in this table only; copies it if it is not.
    ///
    /// Nothing has changed if memory is exhausted or if a clone panics.
    #[inline]
    pub(crate) fn own(&mut self, page: usize) -> Result<(), TryReserveError> {
        self.any.own(page)
    }

    /// Drops all pages from `pages` on.
    ///
    /// # Panics
    ///
    /// Panics if the references of a group must be copied and memory is exhausted.
    pub(crate) fn truncate(&mut self, pages: usize) {
        self.any.truncate(pages);
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.any.shrink_to_fit();
    }
}

impl AnyTable {
    #[cold]
    #[inline(never)]
    fn own_or_panic(&mut self, page: usize) {
        self.own(page).or_panic();
    }

    /// Borrows the reference to a page that is owned.
    #[inline(never)]
    fn owned_page(&mut self, page: usize) -> &mut AnyCounted {
        debug_assert!(self.owned[page], "what may fail comes before the change");
        if !self.owned[page] {
            self.own_or_panic(page);
        }
        let group = self.groups[page / GROUP].get_mut().expect("an owned group (P3)");
        &mut group[page % GROUP]
    }

    #[inline(never)]
    fn try_reserve(&mut self, pages: usize) -> Result<(), TryReserveError> {
        let groups = (self.views.len() + pages).div_ceil(GROUP);
        self.groups.try_reserve(groups.saturating_sub(self.groups.len()))?;
        self.views.try_reserve(pages)?;
        self.owned.try_reserve(pages)
    }

    #[inline(never)]
    fn try_push(&mut self, page: AnyCounted, view: View) -> Result<(), TryReserveError> {
        let last = self.views.len() / GROUP;
        self.try_reserve(1)?;
        if last == self.groups.len() {
            push_reserved(&mut self.groups, Counted::try_new_with(Group::new_const)?);
        }
        // Does not say, as `push` would, what there was no space for.
        self.own_group(last)?.extend(Some(page));
        push_reserved(&mut self.views, view);
        push_reserved(&mut self.owned, true);
        Ok(())
    }

    fn own_group(&mut self, group: usize) -> Result<&mut Group, TryReserveError> {
        if !self.groups[group].is_unique() {
            self.own_shared(group, None)?;
        }
        Ok(self.groups[group].get_mut().expect("a group of one table"))
    }

    #[inline]
    fn own(&mut self, page: usize) -> Result<(), TryReserveError> {
        if self.owned[page] { Ok(()) } else { self.own_shared(page / GROUP, Some(page % GROUP)) }
    }

    #[cold]
    #[inline(never)]
    fn own_shared(&mut self, group: usize, page: Option<usize>) -> Result<(), TryReserveError> {
        let own = self.own.expect("pages are shared by snapshots only");
        own(self, group, page)
    }

    fn truncate(&mut self, pages: usize) {
        if pages >= self.views.len() {
            return;
        }
        if !pages.is_multiple_of(GROUP) {
            let group = self.own_group(pages / GROUP).or_panic();
            let rest = group.drain(pages % GROUP..).collect::<Group>();
            self.views.truncate(pages);
            self.owned.truncate(pages);
            drop(rest);
        }
        self.views.truncate(pages);
        self.owned.truncate(pages);
        self.groups.truncate(pages.div_ceil(GROUP));
    }

    fn shrink_to_fit(&mut self) {
        self.spares = Spares::NONE;
        self.groups.shrink_to_fit();
        self.views.shrink_to_fit();
        self.owned.shrink_to_fit();
    }
}

#[cfg(target_has_atomic = "ptr")]
impl Spares {
    /// Makes it one of so many pages; drops the spares of others.
    fn try_resize(&mut self, pages: usize) -> Result<(), TryReserveError> {
        self.of.try_reserve(pages.saturating_sub(self.of.len()))?;
        self.count -= self.of.iter().skip(pages).flatten().count();
        self.of.resize_with(pages, || None);
        Ok(())
    }

    fn take(&mut self, page: usize) -> Option<AnyCounted> {
        let spare = self.of.get_mut(page)?.take()?;
        self.count -= 1;
        Some(spare)
    }

    /// Keeps a former version of a page; drops that of another one if there are too many.
    fn put(&mut self, page: usize, former: AnyCounted, most: usize) {
        if page >= self.of.len() {
            return;
        }
        drop(self.take(page));
        while self.count >= most {
            self.hand = if self.hand + 1 < self.of.len() { self.hand + 1 } else { 0 };
            drop(self.take(self.hand));
        }
        self.of[page] = Some(former);
        self.count += 1;
    }
}

#[cfg(target_has_atomic = "ptr")]
impl<P: CopyPage> Table<P> {
    /// For a table of `P`.
    fn copy_shared(
        table: &mut AnyTable,
        group: usize,
        page: Option<usize>,
    ) -> Result<(), TryReserveError> {
        let held = &mut table.groups[group];
        if !held.is_unique() {
            *held = Counted::try_new((**held).clone())?;
        }
        let Some(page) = page else { return Ok(()) };
        let held = &mut held.get_mut().expect("a group of one table")[page];
        let page = group * GROUP + page;
        let mut replaced = None;
        if !held.is_unique() {
            // SAFETY: the pages of this table, and those it spares, are `P` (P5).
            let shared: &Counted<P> = unsafe { held.of_mut::<P>() };
            let spare = table.spares.take(page);
            let rewritten = spare.and_then(|mut spare| {
                // SAFETY: the same.
                let former = unsafe { spare.of_mut::<P>() }.get_mut();
                former.is_some_and(|former| former.rewrite(shared)).then_some(spare)
            });
            let copy = match rewritten {
                Some(spare) => spare,
                None => Counted::try_new(shared.try_copy()?)?.into_any(),
            };
            replaced = Some(core::mem::replace(held, copy));
        }
        // SAFETY: as above.
        let view = unsafe { held.of_mut::<P>() }.get_mut().expect("a page of one table").view();
        table.views[page] = view;
        table.owned[page] = true;
        // The snapshot may have been dropped meanwhile, and then so are the former values.
        drop(replaced);
        Ok(())
    }

    /// Makes `former` a table of the same pages, which is not to be changed. From now on this one copies
    /// what it changes and is shared.
    ///
    /// Of `former` it writes only what differs: what threads that read have of the rest in their caches
    /// stays true. If memory is exhausted, or the destructor of a value panics, some of it was written.
    pub(crate) fn try_share(&mut self, former: &mut Self) -> Result<(), TryReserveError> {
        self.any.try_share(&mut former.any, Self::copy_shared, P::SPARES)
    }
}

#[cfg(target_has_atomic = "ptr")]
impl AnyTable {
    fn try_share(
        &mut self,
        former: &mut Self,
        own: Owner,
        spares: usize,
    ) -> Result<(), TryReserveError> {
        let Self { groups, views, .. } = former;
        groups.try_reserve_exact(self.groups.len().saturating_sub(groups.len()))?;
        views.try_reserve_exact(self.views.len().saturating_sub(views.len()))?;
        // Nothing is kept before something is published a second time.
        if spares > 0 && !views.is_empty() {
            self.spares.try_resize(self.views.len())?;
        }
        self.own = Some(own);
        self.owned.fill(false);
        // What is not to become shorter, or longer, is not told so: its length would be written.
        if groups.len() > self.groups.len() {
            groups.truncate(self.groups.len());
        }
        if views.len() > self.views.len() {
            views.truncate(self.views.len());
        }
        for (number, (group, new)) in self.groups.iter().zip(self.views.chunks(GROUP)).enumerate() {
            let mut replaced = None;
            match groups.get_mut(number) {
                // What several tables share is not changed (P3), so the views are the same.
                Some(former) if Counted::is_same(former, group) => continue,
                Some(former) => replaced = Some(core::mem::replace(former, group.clone())),
                None => groups.push(group.clone()),
            }
            let views_of = &mut views[number * GROUP..];
            let (same, more) = new.split_at(views_of.len().min(new.len()));
            views_of.iter_mut().zip(same).for_each(|(view, new)| put(view, *new));
            if !more.is_empty() {
                views.extend_from_slice(more);
            }
            let pages = replaced.as_mut().and_then(Counted::get_mut);
            for (at, page) in pages.into_iter().flat_map(|pages| pages.drain(..)).enumerate() {
                if page.is_unique() {
                    self.spares.put(number * GROUP + at, page, spares);
                }
            }
        }
        Ok(())
    }
}
