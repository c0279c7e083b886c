package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.SafeFolder.RefusedException;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.protocol.ObjectBodies;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * Brings the content of a prefix back into a folder. In this order: folders and files, then links,
 * so that no file is written through one of them, then modes and times of folders, the deepest
 * first, so that a read-only folder takes its content.
 */
final class FolderDownload {
  private final ObjectsClient objects;
  private final SafeFolder folder;
  private final List<String> refused = Collections.synchronizedList(new ArrayList<>());
  private final LongAdder files = new LongAdder();
  private final LongAdder unchanged = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  FolderDownload(ObjectsClient objects, SafeFolder folder) {
    this.objects = objects;
    this.folder = folder;
  }

  /**
   * @param bytes of the files that were fetched
   * @param refused what was not written, and why
   */
  record Done(long files, long unchanged, long bytes, List<String> refused) {
    Done {
      refused = List.copyOf(refused);
    }
  }

  private record Item(List<String> parts, ObjectBodies.Info info, Optional<FileFacts> facts) {
    FileKind kind() {
      return facts.map(FileFacts::kind).orElse(FileKind.FILE);
    }

    String name() {
      return String.join("/", parts);
    }
  }

  Done run(String prefix, List<ObjectBodies.Info> infos, Function<Long, ProgressBar> progress) {
    List<Item> items = plan(prefix, infos);
    List<Item> folders = items.stream().filter(i -> i.kind() == FileKind.FOLDER).toList();
    List<Item> plain = items.stream().filter(i -> i.kind() == FileKind.FILE).toList();
    List<Item> links = items.stream().filter(i -> i.kind() == FileKind.SYMLINK).toList();
    folders.forEach(item -> attempt(item, () -> folder.makeFolder(item.parts())));
    long total = plain.stream().mapToLong(item -> item.info().size()).sum();
    try (ProgressBar bar = progress.apply(total)) {
      ParallelWork.forEach(plain, item -> restoreFile(item, bar));
    }
    restoreLinks(links);
    folders.stream()
        .sorted(Comparator.comparingInt((Item item) -> item.parts().size()).reversed())
        .forEach(this::restoreFolder);
    return new Done(files.sum(), unchanged.sum(), bytes.sum(), refused);
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
      try {
        items.add(new Item(SafeFolder.parts(name), info, FileFacts.of(info.metadata())));
      } catch (RefusedException e) {
        refused.add(name + ": " + e.getMessage());
      }
    }
    return items;
  }

  private void restoreFile(Item item, ProgressBar bar) {
    attempt(
        item,
        () -> {
          Path place = folder.path(item.parts());
          folder.makeFolder(item.parts().subList(0, item.parts().size() - 1));
          if (isUnchanged(item, place)) {
            unchanged.increment();
            bar.moved(item.info().size());
            applyFacts(item, place);
          } else {
            Path fresh =
                folder.write(item.parts(), out -> objects.get(item.info().key(), out, bar::moved));
            applyFacts(item, fresh);
            folder.moveIntoPlace(fresh, item.parts());
            bytes.add(item.info().size());
          }
          files.increment();
          bar.finishedItem();
        });
  }

  private static boolean isUnchanged(Item item, Path place) throws IOException {
    String sha256 = item.info().sha256();
    return sha256 != null
        && Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)
        && Files.size(place) == item.info().size()
        && Content.of(place).sha256().equals(sha256);
  }

  private static void applyFacts(Item item, Path path) throws IOException {
    if (item.facts().isPresent()) {
      item.facts().get().applyTo(path);
    }
  }

  private void restoreLinks(List<Item> links) {
    Map<List<String>, String> targets = new ConcurrentHashMap<>();
    ParallelWork.forEach(links, item -> targets.put(item.parts(), target(item)));
    Map<List<String>, String> planned = new HashMap<>(targets);
    for (Item item : links) {
      attempt(item, () -> restoreLink(item, planned));
    }
  }

  private String target(Item item) throws IOException {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    objects.get(item.info().key(), target, n -> {});
    return target.toString(StandardCharsets.UTF_8);
  }

  private void restoreLink(Item item, Map<List<String>, String> planned)
      throws IOException, RefusedException {
    String target = planned.getOrDefault(item.parts(), "");
    boolean inside =
        !target.isEmpty()
            && target.indexOf('\0') < 0
            && LinkCheck.staysInside(
                item.parts(),
                target,
                at ->
                    planned.containsKey(at)
                        ? Optional.of(planned.getOrDefault(at, ""))
                        : FolderWalk.linkAt(folder.root(), at));
    if (!inside) {
      throw new RefusedException("a link out of the folder, to " + target);
    }
    Path fresh = folder.writeLink(item.parts(), target);
    applyFacts(item, fresh);
    folder.moveIntoPlace(fresh, item.parts());
    files.increment();
  }

  private void restoreFolder(Item item) {
    Path path = folder.path(item.parts());
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      attempt(item, () -> applyFacts(item, path));
    }
  }

  /** A step for one item. */
  private interface Step {
    void run() throws IOException, RefusedException;
  }

  /** One bad name does not keep the rest from being restored; a full disk ends the command. */
  private void attempt(Item item, Step step) {
    try {
      step.run();
    } catch (RefusedException e) {
      refused.add(item.name() + ": " + e.getMessage());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(item.name() + ": " + e, e);
    }
  }
}
