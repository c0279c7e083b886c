package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.LockFence;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.ProblemException;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.ClusterBodies;
import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.EntryKey;
import dev.holdfast.spi.coordinator.Change;
import dev.holdfast.spi.coordinator.CommitResult;
import dev.holdfast.spi.coordinator.Condition;
import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.Entry;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.Transaction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/cluster/export} and {@code POST /v1/cluster/import}: the agreed state moves from
 * one coordinator to another, without sessions, locks and what belongs to the nodes. Tokens go on
 * rising, since the importing cluster raises its revision above all that the other ever told (R9).
 */
public final class StateTransfer implements Routes {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int PAGE = 1_000;
  private static final int TRIES_MAX = 20;

  /** Below the limits of a transaction, 128 changes and 1 MiB. */
  private static final int BATCH_ENTRIES = 100;

  private static final int BATCH_BYTES = 256 << 10;

  private final Coordinator coordinator;
  private final Path folder;

  /**
   * @param folder for files under way; made when it is missing
   */
  public StateTransfer(Coordinator coordinator, Path folder) {
    this.coordinator = coordinator;
    this.folder = folder;
  }

  @Override
  public void register(Router router) {
    router.add("GET", "/v1/cluster/export", this::export);
    router.add("POST", "/v1/cluster/import", this::importState);
  }

  private Path temporary() throws IOException {
    Files.createDirectories(folder);
    return Files.createTempFile(folder, "state", ".jsonl");
  }

  private void export(Exchange exchange) throws IOException {
    Path file = temporary();
    try {
      writeConsistent(file);
      exchange.responseHeader("Content-Type", "application/jsonl");
      try (OutputStream out = exchange.respondStream(200, Files.size(file));
          InputStream in = Files.newInputStream(file)) {
        in.transferTo(out);
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** A scan is no moment in time, but one during which nothing was committed is. */
  private void writeConsistent(Path file) throws IOException {
    for (int i = 0; i < TRIES_MAX; i++) {
      long before = revision();
      try (StateFile.Writer out = new StateFile.Writer(file)) {
        long fence = writeAll(out);
        if (revision() == before) {
          out.finish(new StateFile.Head(before, Math.max(before, fence) + 1));
          return;
        }
      }
    }
    throw new ProblemException(
        503,
        "EXPORT_BUSY",
        "The cluster was written to during each of " + TRIES_MAX + " scans",
        "Stop the clients that write, and export again.");
  }

  private long revision() {
    return coordinator.read(Keys.CLUSTER_MAP, TIMEOUT).revision();
  }

  /** Returns the highest token of all locks. */
  private long writeAll(StateFile.Writer out) throws IOException {
    long fence = 0;
    @Nullable EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scan("", after, PAGE, TIMEOUT);
      for (Entry entry : page.entries()) {
        String key = entry.key().value();
        if (key.startsWith(Keys.LOCKS)) {
          fence = Math.max(fence, LockFence.of(entry.value()));
        } else if (StateFile.moves(key)) {
          out.entry(key, entry.value().toArray());
        }
      }
      after = page.next();
    } while (after != null);
    return fence;
  }

  private void importState(Exchange exchange) throws IOException {
    Path file = temporary();
    try {
      try (InputStream body = exchange.body()) {
        Files.copy(body, file, StandardCopyOption.REPLACE_EXISTING);
      }
      StateFile.Head head = checked(file);
      requireEmptyOrSame(file);
      long revision = raise(head.base());
      long entries = putAll(file);
      exchange.respond(200, new ClusterBodies.Imported(entries, head.revision(), revision));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static StateFile.Head checked(Path file) {
    try {
      return StateFile.check(file);
    } catch (IOException e) {
      throw new ProblemException(
          400,
          "BAD_EXPORT",
          "The file cannot be imported: " + e.getMessage(),
          "Export once more, and send the file as it is.",
          e);
    }
  }

  /** An import that broke off may be repeated: what is there already must be what is imported. */
  private void requireEmptyOrSame(Path file) throws IOException {
    long there = 0;
    @Nullable EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scan("", after, PAGE, TIMEOUT);
      there +=
          page.entries().stream().filter(entry -> StateFile.moves(entry.key().value())).count();
      after = page.next();
    } while (after != null);
    if (there == 0) {
      return;
    }
    try (StateFile.Reader in = new StateFile.Reader(file)) {
      for (List<StateFile.Line> lines = next(in); !lines.isEmpty(); lines = next(in)) {
        there -= read(lines).stream().filter(Observation::isPresent).count();
      }
    }
    if (there != 0) {
      throw notEmpty();
    }
  }

  private static List<StateFile.Line> next(StateFile.Reader in) throws IOException {
    return in.next(BATCH_ENTRIES, BATCH_BYTES);
  }

  private List<Observation> read(List<StateFile.Line> lines) {
    return coordinator.read(lines.stream().map(line -> new EntryKey(line.key())).toList(), TIMEOUT);
  }

  private long raise(long base) {
    try {
      return coordinator.raiseRevision(base, TIMEOUT);
    } catch (UnsupportedOperationException e) {
      throw new ProblemException(
          409,
          "NOT_HERE",
          "This backend cannot raise its revision, so tokens could fall",
          "Import into a cluster with another backend.",
          e);
    }
  }

  private long putAll(Path file) throws IOException {
    long entries = 0;
    try (StateFile.Reader in = new StateFile.Reader(file)) {
      for (List<StateFile.Line> lines = next(in); !lines.isEmpty(); lines = next(in)) {
        put(lines);
        entries += lines.size();
      }
    }
    return entries;
  }

  private void put(List<StateFile.Line> lines) {
    List<Condition> conditions = new ArrayList<>();
    List<Change> changes = new ArrayList<>();
    List<Observation> seen = read(lines);
    for (int i = 0; i < lines.size(); i++) {
      Entry entry = seen.get(i).entry();
      Bytes value = lines.get(i).value();
      if (entry == null) {
        conditions.add(seen.get(i).unchanged());
        changes.add(new Change.Put(seen.get(i).key(), value));
      } else if (!entry.value().equals(value)) {
        throw notEmpty();
      }
    }
    if (!changes.isEmpty()
        && !(coordinator.commit(new Transaction(conditions, changes), TIMEOUT)
            instanceof CommitResult.Committed)) {
      throw notEmpty();
    }
  }

  private static ProblemException notEmpty() {
    return new ProblemException(
        409,
        "NOT_EMPTY",
        "This cluster has a state of its own",
        "Import into a new cluster, before anybody writes to it.");
  }
}
