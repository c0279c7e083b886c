// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.SafeFolder.RefusedException;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.protocol.ObjectBodies;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Brings the content of a prefix back into a folder. In this order: folders and files, then hard
 * links, then symbolic links, so that no file is written through one of them, then modes and times
 * of folders, the deepest first, so that a read-only folder takes its content. An entry that cannot
 * be restored is named, and all else is done.
 */
final class FolderDownload {
  /** No path of Linux is longer. */
  private static final long LINK_TARGET_MAX = 4_096;

  private final ObjectsClient objects;
  private final SafeFolder folder;
  private final Choice choice;
  private final Refusals refused = new Refusals();
  private final Set<Item> restored = ConcurrentHashMap.newKeySet();
  private final LongAdder files = new LongAdder();
  private final LongAdder unchanged = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder setIdDropped = new LongAdder();

  FolderDownload(ObjectsClient objects, SafeFolder folder, Choice choice) {
    this.objects = objects;
    this.folder = folder;
    this.choice = choice;
  }

  /**
   * @param setId restore set-user-id and set-group-id of files, whose owner is whoever restores
   * @param outsideLinks make links that lead out of the folder
   */
  record Choice(boolean setId, boolean outsideLinks) {}

  /**
   * @param bytes of the files that were fetched
   * @param setIdDropped files restored without their set-user-id and set-group-id bits
   * @param hardLinksSplit files restored by themselves, though they were one
   * @param replaced keys that the newer side of a folder that became a file has taken the place of
   * @param refused what was not written as it was stored, and why
   */
  record Done(
      long files,
      long unchanged,
      long bytes,
      long setIdDropped,
      long hardLinksSplit,
      List<Refusals.Refusal> replaced,
      List<Refusals.Refusal> refused) {
    Done {
      replaced = List.copyOf(replaced);
      refused = List.copyOf(refused);
    }
  }

  record Item(List<String> parts, ObjectBodies.Info info, FileFacts.Stored stored) {
    FileKind kind() {
      return stored.kind();
    }

    Optional<FileFacts> facts() {
      return stored.facts();
    }

    String name() {
      return String.join("/", parts);
    }
  }

  Done run(String prefix, List<ObjectBodies.Info> infos, Function<Long, ProgressBar> progress)
      throws IOException {
    KeyConflicts.Settled settled = KeyConflicts.settle(plan(prefix, infos));
    refused.addAll(settled.unclear());
    List<Item> folders = ofKind(settled.items(), FileKind.FOLDER);
    List<Item> plain = ofKind(settled.items(), FileKind.FILE);
    HardLinks links = HardLinks.of(plain);
    try {
      folders.forEach(item -> refused.attempt(item.name(), () -> makeFolder(item)));
      long total = plain.stream().mapToLong(item -> item.info().size()).sum();
      try (ProgressBar bar = progress.apply(total)) {
        ParallelWork.forEach(links.first(), item -> restoreFile(item, bar));
        links.further().forEach(further -> restoreHardLink(further, links, bar));
      }
      restoreLinks(ofKind(settled.items(), FileKind.SYMLINK));
    } finally {
      folders.stream()
          .sorted(Comparator.comparingInt((Item item) -> item.parts().size()).reversed())
          .forEach(item -> refused.attempt(item.name(), () -> finishFolder(item)));
      folder.finishFolders();
    }
    settled.items().stream()
        .filter(item -> !item.stored().fault().isEmpty())
        .forEach(item ->
            refused.add(item.name(), "its mode and time were not set: " + item.stored().fault()));
    return new Done(
        files.sum(),
        unchanged.sum(),
        bytes.sum(),
        setIdDropped.sum(),
        links.split(),
        settled.replaced(),
        refused.list());
  }

  private static List<Item> ofKind(List<Item> items, FileKind kind) {
    return items.stream().filter(item -> item.kind() == kind).toList();
  }

  /** The object of the prefix itself stands for the folder: its mode and time are not ours. */
  private List<Item> plan(String prefix, List<ObjectBodies.Info> infos) {
    int skip = prefix.isEmpty() ? 0 : prefix.length() + 1;
    List<Item> items = new ArrayList<>();
    for (ObjectBodies.Info info : infos) {
      if (info.key().length() <= skip) {
        continue;
      }
      String name = info.key().substring(skip);
      refused.attempt(
          name,
          () -> items.add(new Item(folder.split(name), info, FileFacts.stored(info.metadata()))));
    }
    return items;
  }

  /** One that is there and read-only takes its content first, and its mode again at the end. */
  private void makeFolder(Item item) throws IOException, RefusedException {
    Path place = folder.makeFolder(item.parts());
    int mode = FileFacts.mode(place);
    if ((mode & 0300) != 0300 && item.facts().isPresent()) {
      FileFacts.setMode(place, mode | 0700);
    }
  }

  private void finishFolder(Item item) throws IOException {
    Path path = folder.path(item.parts());
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) && item.facts().isPresent()) {
      folder.finishFolder(path, item.facts().get()::applyTo);
    }
  }

  private void restoreFile(Item item, ProgressBar bar) {
    if (refused.attempt(item.name(), () -> fetchUnlessThere(item, bar))) {
      restored.add(item);
      files.increment();
    }
    bar.finishedItem();
  }

  private void fetchUnlessThere(Item item, ProgressBar bar) throws IOException, RefusedException {
    Optional<FileFacts> facts = wantedFacts(item);
    folder.makeFolder(item.parts().subList(0, item.parts().size() - 1));
    Path place = folder.path(item.parts());
    if (isUnchanged(item, place, facts)) {
      unchanged.increment();
      bar.moved(item.info().size());
      if (facts.isPresent() && !facts.get().holdFor(place)) {
        facts.get().applyTo(place);
      }
      return;
    }
    folder.writeFile(
        item.parts(),
        out -> fetch(item, out, bar::moved),
        fresh -> {
          if (facts.isPresent()) {
            facts.get().applyTo(fresh);
          } else {
            folder.finishAsNew(fresh);
          }
        });
    bytes.add(item.info().size());
  }

  private Optional<FileFacts> wantedFacts(Item item) {
    Optional<FileFacts> stored = item.facts();
    if (choice.setId() || stored.isEmpty()) {
      return stored;
    }
    FileFacts wanted = stored.get().withoutSetId();
    if (wanted.mode() != stored.get().mode()) {
      setIdDropped.increment();
    }
    return Optional.of(wanted);
  }

  /** An answer that concerns this object alone does not end the work for the others. */
  private void fetch(Item item, OutputStream out, LongConsumer moved) throws IOException {
    try {
      var _ = objects.get(item.info().key(), ReadChoice.PREFERRED, out, moved);
    } catch (ProblemException e) {
      int status = e.problem().status();
      if (status == 404 || status == 400) {
        throw new FileFault(e.problem().detail() + " (" + e.problem().code() + ")");
      }
      throw e;
    } catch (CommandException e) {
      if (e.exitCode() == ExitCode.OUTCOME_UNKNOWN || e.exitCode() == ExitCode.REFUSED) {
        throw new FileFault(e.what());
      }
      throw e;
    }
  }

  /** A file with further names keeps them only when nothing of it has to be changed. */
  private static boolean isUnchanged(Item item, Path place, Optional<FileFacts> facts) {
    String sha256 = item.info().sha256();
    try {
      return sha256 != null
          && Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)
          && Files.size(place) == item.info().size()
          && (UnixFile.read(place, LinkOption.NOFOLLOW_LINKS).names() == 1
              || facts.isEmpty()
              || facts.get().holdFor(place))
          && Content.of(place).sha256().equals(sha256);
    } catch (IOException e) {
      return false; // What cannot be read is written again.
    }
  }

  private void restoreHardLink(HardLinks.Further further, HardLinks links, ProgressBar bar) {
    Item item = further.item();
    if (!restored.contains(further.first())) { // What is at its place is something older.
      restoreFile(item, bar);
      return;
    }
    try {
      boolean made =
          refused.attempt(
              item.name(), () -> linkUnlessThere(item.parts(), further.first().parts()));
      if (made) {
        files.increment();
        bar.moved(item.info().size());
        bar.finishedItem();
      }
    } catch (HardLinks.Unsupported e) {
      links.countSplit();
      restoreFile(item, bar);
    }
  }

  private void linkUnlessThere(List<String> at, List<String> first)
      throws IOException, RefusedException {
    folder.makeFolder(at.subList(0, at.size() - 1));
    Path place = folder.path(at);
    if (Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)
        && Files.isRegularFile(folder.path(first), LinkOption.NOFOLLOW_LINKS)
        && Files.isSameFile(place, folder.path(first))) {
      unchanged.increment();
      return;
    }
    folder.writeHardLink(at, first);
  }

  private void restoreLinks(List<Item> items) {
    Queue<LinkRestore.Link> links = new ConcurrentLinkedQueue<>();
    ParallelWork.forEach(
        items,
        item ->
            refused.attempt(
                item.name(),
                () -> links.add(new LinkRestore.Link(item.parts(), target(item), item.facts()))));
    files.add(new LinkRestore(folder, choice.outsideLinks(), refused).makeAll(List.copyOf(links)));
  }

  private String target(Item item) throws IOException, RefusedException {
    if (item.info().size() > LINK_TARGET_MAX) {
      throw new RefusedException("a link to a name that is longer than a name can be");
    }
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    fetch(item, target, n -> {});
    return target.toString(StandardCharsets.UTF_8);
  }
}
