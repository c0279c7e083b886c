package dev.holdfast.node.cluster;

import dev.holdfast.core.Keys;
import dev.holdfast.core.lock.LockFence;
import dev.holdfast.node.cluster.ImportEntry.State;
import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
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
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/cluster/export} and {@code POST /v1/cluster/import}: the agreed state moves from
 * one coordinator to another, without sessions, locks and what belongs to the nodes. Tokens go on
 * rising, since the importing cluster raises its revision above all that the other ever told (R9).
 *
 * <p>{@link ImportEntry} says how far an import is, in the cluster: so one that broke off goes on
 * with the same file, one that is done is not made again over what was written or deleted since,
 * and {@link AwaitedImport} keeps clients out until then.
 */
public final class StateTransfer implements Routes {
  private static final Operation EXPORT =
      Operation.external(
              "exportState",
              "GET",
              "/v1/cluster/export",
              Operation.Scope.ADMIN,
              "All that is agreed on, but sessions, locks and what belongs to nodes.")
          .answersBytes(200, "application/jsonl")
          .refuses(ClusterProblemCodes.EXPORT_BUSY);
  private static final Operation IMPORT =
      Operation.external(
              "importState",
              "POST",
              "/v1/cluster/import",
              Operation.Scope.ADMIN,
              "Takes what another cluster exported, into a new one.")
          .query("empty", "Begins without a state, and takes no body.")
          .takesBytes("what an export answered")
          .answers(200, ClusterBodies.Imported.class)
          .refuses(
              ClusterProblemCodes.BAD_EXPORT,
              ClusterProblemCodes.NOT_EMPTY,
              ClusterProblemCodes.IMPORT_BEGUN,
              ClusterProblemCodes.OTHER_EXPORT,
              ClusterProblemCodes.NOT_AWAITED,
              ClusterProblemCodes.NOT_HERE);

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int PAGE = 1_000;
  private static final int TRIES_MAX = 20;

  /** Below the limits of a transaction, 128 changes and 1 MiB. */
  private static final int BATCH_ENTRIES = 100;

  private static final int BATCH_BYTES = 256 << 10;

  private final Coordinator coordinator;
  private final String cluster;
  private final Path folder;

  /**
   * @param cluster the id of this one, which its exports carry
   * @param folder for files under way; made when it is missing
   */
  public StateTransfer(Coordinator coordinator, String cluster, Path folder) {
    this.coordinator = coordinator;
    this.cluster = cluster;
    this.folder = folder;
  }

  @Override
  public void register(Router router) {
    router.add(EXPORT, this::export);
    router.add(IMPORT, this::importState);
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
          out.finish(new StateFile.Head(before, Math.max(before, fence) + 1, cluster));
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
    if (exchange.query("empty").isPresent()) {
      exchange.respond(200, beginEmpty());
      return;
    }
    Path file = temporary();
    try {
      try (InputStream body = exchange.body()) {
        Files.copy(body, file, StandardCopyOption.REPLACE_EXISTING);
      }
      exchange.respond(200, importFrom(file, checked(file)));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** Nothing to wait for: the operator has no state, or wants none. */
  private ClusterBodies.Imported beginEmpty() {
    Observation seen = coordinator.read(Keys.CLUSTER_IMPORT, TIMEOUT);
    Optional<ImportEntry> before = ImportEntry.decode(seen);
    if (before.filter(one -> one.is(State.DONE, "")).isPresent()) {
      return new ClusterBodies.Imported(0, 0, seen.revision()); // A repeated request.
    }
    if (before.filter(one -> one.state() == State.AWAITED).isEmpty()) {
      throw new ProblemException(
          409,
          "NOT_AWAITED",
          "This cluster does not wait for the state of another one",
          "There is nothing to do.");
    }
    return new ClusterBodies.Imported(0, 0, write(seen, ImportEntry.done("")));
  }

  private ClusterBodies.Imported importFrom(Path file, StateFile.Checked checked)
      throws IOException {
    Observation seen = coordinator.read(Keys.CLUSTER_IMPORT, TIMEOUT);
    Optional<ImportEntry> before = ImportEntry.decode(seen);
    StateFile.Head head = checked.head();
    if (before.filter(one -> one.is(State.BEGUN, checked.sha256())).isEmpty()) {
      requireNoOther(before);
      requireOfFormer(before, head);
      long there = count();
      boolean isKnown = before.filter(one -> one.is(State.DONE, checked.sha256())).isPresent();
      if (there != 0 || isKnown) {
        // The same state once more is no harm, and may be a repeated request.
        if (there != checked.entries() || !isAllThere(file)) {
          throw isKnown ? importedBefore() : notEmpty();
        }
        return new ClusterBodies.Imported(checked.entries(), head.revision(), raise(head.base()));
      }
    }
    long revision = raise(head.base());
    // From here on until the end clients are kept out, and only this file can be imported.
    if (before.filter(one -> one.is(State.BEGUN, checked.sha256())).isEmpty()) {
      var _ = write(seen, ImportEntry.begun(checked.sha256()));
    }
    long entries = putAll(file);
    finish(checked.sha256());
    return new ClusterBodies.Imported(entries, head.revision(), revision);
  }

  private static void requireNoOther(Optional<ImportEntry> before) {
    if (before.filter(one -> one.state() == State.BEGUN).isPresent()) {
      throw underWay();
    }
  }

  /** An older export of the nodes' history would bring back what was deleted, and low tokens. */
  private static void requireOfFormer(Optional<ImportEntry> before, StateFile.Head head) {
    String former = before.flatMap(one -> Optional.ofNullable(one.from())).orElse("");
    if (!former.isEmpty() && !head.cluster().isEmpty() && !head.cluster().equals(former)) {
      throw new ProblemException(
          409,
          "OTHER_EXPORT",
          "The file is of cluster %s, and the nodes of this cluster were in cluster %s last"
              .formatted(head.cluster(), former),
          "Import the file that was exported last. If it shall be this one all the same, give up"
              + " the other state first: holdfast cluster import --begin-empty");
    }
  }

  private static StateFile.Checked checked(Path file) {
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

  private long count() {
    long there = 0;
    @Nullable EntryKey after = null;
    do {
      Coordinator.Page page = coordinator.scan("", after, PAGE, TIMEOUT);
      there +=
          page.entries().stream().filter(entry -> StateFile.moves(entry.key().value())).count();
      after = page.next();
    } while (after != null);
    return there;
  }

  private boolean isAllThere(Path file) throws IOException {
    try (StateFile.Reader in = new StateFile.Reader(file)) {
      for (List<StateFile.Line> lines = next(in); !lines.isEmpty(); lines = next(in)) {
        List<Observation> seen = read(lines);
        for (int i = 0; i < lines.size(); i++) {
          Entry entry = seen.get(i).entry();
          if (entry == null || !entry.value().equals(lines.get(i).value())) {
            return false;
          }
        }
      }
      return true;
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

  /** Returns the revision of the commit. */
  private long write(Observation seen, ImportEntry next) {
    Transaction put =
        new Transaction(
            List.of(seen.unchanged()), List.of(new Change.Put(Keys.CLUSTER_IMPORT, next.encode())));
    if (coordinator.commit(put, TIMEOUT) instanceof CommitResult.Committed committed) {
      return committed.revision();
    }
    throw underWay();
  }

  /** Perhaps together with another request that imported the same. */
  private void finish(String sha256) {
    Observation seen = coordinator.read(Keys.CLUSTER_IMPORT, TIMEOUT);
    Optional<ImportEntry> now = ImportEntry.decode(seen);
    if (now.filter(one -> one.is(State.DONE, sha256)).isEmpty()) {
      if (now.filter(one -> one.is(State.BEGUN, sha256)).isEmpty()) {
        throw underWay();
      }
      var _ = write(seen, ImportEntry.done(sha256));
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
      throw underWay();
    }
  }

  private static ProblemException underWay() {
    return new ProblemException(
        409,
        "IMPORT_BEGUN",
        "An import into this cluster has begun and is not done",
        "Repeat it with the file that it began with. Is that lost? Empty the nodes once more:"
            + " docs/concepts/coordinators.md, steps 2 to 5.");
  }

  private static ProblemException importedBefore() {
    return new ProblemException(
        409,
        "NOT_EMPTY",
        "This file was imported here before, and the cluster has changed since",
        "There is nothing to do: the cluster goes on from what was imported.");
  }

  private static ProblemException notEmpty() {
    return new ProblemException(
        409,
        "NOT_EMPTY",
        "This cluster has a state of its own; nothing was imported",
        "Import into a new cluster, before anybody writes to it. To give up the state that is here,"
            + " empty the nodes once more: docs/concepts/coordinators.md, steps 2 to 5.");
  }
}
