package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.FolderWalk.Item;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Stores the items of a folder under a prefix, what is unchanged excepted. */
final class FolderUpload {
  private final ObjectsClient objects;
  private final String fence;

  FolderUpload(ObjectsClient objects, String fence) {
    this.objects = objects;
    this.fence = fence;
  }

  /**
   * @param bytes of the files that were sent
   */
  record Done(long uploaded, long unchanged, long bytes) {}

  Done run(String prefix, List<Item> items, Function<Long, ProgressBar> progress) {
    Map<String, ObjectBodies.Info> there = stored(prefix);
    LongAdder uploaded = new LongAdder();
    LongAdder unchanged = new LongAdder();
    LongAdder bytes = new LongAdder();
    long total = items.stream().mapToLong(item -> item.content().size()).sum();
    try (ProgressBar bar = progress.apply(total)) {
      ParallelWork.forEach(
          items,
          item -> {
            String key = KeyPrefix.key(prefix, item.name());
            if (isUnchanged(item, there.get(key))) {
              unchanged.increment();
              bar.moved(item.content().size());
            } else {
              objects.put(key, item.content(), item.facts(), fence, bar::moved);
              uploaded.increment();
              bytes.add(item.content().size());
            }
            bar.finishedItem();
          });
    }
    return new Done(uploaded.sum(), unchanged.sum(), bytes.sum());
  }

  /** What could not be asked for counts as absent: it is stored again, which does no harm. */
  private Map<String, ObjectBodies.Info> stored(String prefix) {
    Map<String, ObjectBodies.Info> there = new HashMap<>();
    for (ObjectBodies.Info info : KeyPrefix.list(objects, prefix).objects()) {
      there.put(info.key(), info);
    }
    return there;
  }

  private static boolean isUnchanged(Item item, ObjectBodies.@Nullable Info info)
      throws IOException {
    if (info == null || info.size() != item.content().size() || info.sha256() == null) {
      return false;
    }
    Optional<FileFacts> facts = FileFacts.of(info.metadata());
    return facts.isPresent()
        && facts.get().equals(item.facts())
        && info.sha256().equals(item.content().sha256());
  }
}
