// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.FolderWalk.Item;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.ProgressBar;
import dev.holdfast.client.rest.ProblemException;
import dev.holdfast.protocol.ObjectBodies;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stores the items of a folder under a prefix, what is unchanged excepted. An item that cannot be
 * stored is named, and all else is done.
 */
final class FolderUpload {
  private final ObjectsClient objects;
  private final WriteTerms terms;
  private final Refusals refused = new Refusals();
  private final LongAdder uploaded = new LongAdder();
  private final LongAdder unchanged = new LongAdder();
  private final LongAdder provisional = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  FolderUpload(ObjectsClient objects, WriteTerms terms) {
    this.objects = objects;
    this.terms = terms;
  }

  /**
   * @param provisional how many of them all the cluster has not agreed on yet
   * @param bytes that were sent; what the cluster had already is none of them
   * @param stale keys below the prefix that the folder does not have
   * @param refused what could not be stored, and why
   */
  record Done(
      long uploaded,
      long unchanged,
      long provisional,
      long bytes,
      List<String> stale,
      List<Refusals.Refusal> refused) {
    Done {
      stale = List.copyOf(stale);
      refused = List.copyOf(refused);
    }
  }

  /**
   * @param stored what is there below the prefix; what is missing in it is stored again, which does
   *     no harm
   */
  Done run(
      String prefix,
      List<Item> items,
      List<ObjectBodies.Info> stored,
      Function<Long, ProgressBar> progress) {
    Map<String, ObjectBodies.Info> there = new TreeMap<>();
    stored.forEach(info -> there.put(info.key(), info));
    Set<String> keys = new HashSet<>();
    items.forEach(item -> keys.add(KeyPrefix.key(prefix, item.name())));
    long total = items.stream().mapToLong(item -> item.content().size()).sum();
    try (ProgressBar bar = progress.apply(total)) {
      ParallelWork.forEach(
          items,
          item -> {
            String key = KeyPrefix.key(prefix, item.name());
            refused.attempt(item.name(), () -> store(item, key, there.get(key), bar));
            bar.finishedItem();
          });
    }
    List<String> stale = there.keySet().stream().filter(key -> !keys.contains(key)).toList();
    return new Done(
        uploaded.sum(), unchanged.sum(), provisional.sum(), bytes.sum(), stale, refused.list());
  }

  private void store(Item item, String key, ObjectBodies.@Nullable Info stored, ProgressBar bar)
      throws IOException {
    if (isUnchanged(item, stored)) {
      unchanged.increment();
      count(stored != null && ObjectBodies.PROVISIONAL.equals(stored.state()));
      bar.moved(item.content().size());
      return;
    }
    UploadTally tally = new UploadTally(bar);
    try {
      count(objects.put(key, item.content(), item.facts(), terms, tally).isProvisional());
    } catch (ProblemException e) {
      // A key that is too long, an object that is too large: the others may be stored.
      int status = e.problem().status();
      if (status != 400 && status != 413) {
        throw e;
      }
      throw new FileFault(e.problem().detail() + " (" + e.problem().code() + ")");
    } catch (CommandException e) {
      if (e.exitCode() != ExitCode.REFUSED) {
        throw e;
      }
      throw new FileFault(e.what());
    }
    uploaded.increment();
    bytes.add(item.content().size() - tally.skippedBytes());
  }

  private void count(boolean isProvisional) {
    if (isProvisional) {
      provisional.increment();
    }
  }

  private static boolean isUnchanged(Item item, ObjectBodies.@Nullable Info info)
      throws IOException {
    if (info == null || info.size() != item.content().size() || info.sha256() == null) {
      return false;
    }
    Optional<FileFacts> facts = FileFacts.stored(info.metadata()).facts();
    return facts.isPresent()
        && facts.get().equals(item.facts())
        && info.sha256().equals(item.content().sha256());
  }
}
