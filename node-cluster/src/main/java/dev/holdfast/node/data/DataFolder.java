// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder that one node process owns. A marker file names the node and the folder's incarnation;
 * a folder without it is never used unless it is empty (an unmounted disk looks like an empty one,
 * and an emptied one is a new incarnation, R2). A lock file keeps a second process out.
 */
public final class DataFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DataFolder.class);
  private static final String LOCK_FILE = "node.lock";
  private static final String COORDINATOR = "coordinator";
  private static final String OBJECTS = "objects";

  /** What an operator, or a first start that was killed, may have put into a new folder. */
  private static final Set<String> ALLOWED_IN_NEW =
      Set.of("plugins", "secret", "holdfast.yaml", LOCK_FILE, Marker.TEMP_FILE, "lost+found");

  private final Path root;
  private final FileChannel lockChannel;
  private final FileLock lock;
  private volatile Marker marker;

  private DataFolder(Path root, FileChannel lockChannel, FileLock lock, Marker marker) {
    this.root = root;
    this.lockChannel = lockChannel;
    this.lock = lock;
    this.marker = marker;
  }

  /**
   * Opens or creates the folder of a node.
   *
   * @param newIncarnation used when the folder is new
   * @throws DataFolderException when it is foreign, of another node, or in use
   */
  public static DataFolder open(Path root, String nodeId, String newIncarnation) {
    try {
      Files.createDirectories(root);
      // First of all: not even a lock file goes into somebody else's folder.
      refuseForeign(root);
      FileChannel channel =
          FileChannel.open(
              root.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new DataFolderException(
            "The data folder " + root + " is in use by another process. Stop it first.");
      }
      try {
        return new DataFolder(root, channel, lock, readOrCreate(root, nodeId, newIncarnation));
      } catch (RuntimeException | IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new DataFolderException("The data folder " + root + " cannot be used: " + e, e);
    }
  }

  /** Whether the node of this folder was taken out of its cluster; false for any other folder. */
  public static boolean wasRemoved(Path root) {
    try {
      return Files.exists(root.resolve(Marker.FILE)) && Marker.read(root).removedFrom() != null;
    } catch (IOException | DataFolderException e) {
      return false; // Whoever opens it learns why it is not readable.
    }
  }

  /** Whether a process has this folder open now. */
  public static boolean isInUse(Path root) {
    Path file = root.resolve(LOCK_FILE);
    if (!Files.exists(file)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      return tryLock(channel) == null;
    } catch (IOException e) {
      throw new DataFolderException("The lock " + file + " cannot be asked: " + e, e);
    }
  }

  /** Whether a folder is, or was, the data folder of a node. */
  public static boolean isOne(Path root) {
    return Files.exists(root.resolve(Marker.FILE));
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // Held by this very process: as much in use as by another one.
    }
  }

  private static Marker readOrCreate(Path root, String nodeId, String newIncarnation)
      throws IOException {
    if (Files.exists(root.resolve(Marker.FILE))) {
      Marker marker = Marker.read(root);
      if (!marker.node().equals(nodeId)) {
        throw new DataFolderException(
            "The data folder %s belongs to node %s, not to %s. Use --id %s or another --data."
                .formatted(root, marker.node(), nodeId, marker.node()));
      }
      if (marker.removedFrom() != null) {
        throw new DataFolderException(
            ("Node %s was removed from cluster %s; its copies are on the other nodes, and %s is not"
                    + " used any more. To add it again as a new node, start it with --join and an"
                    + " empty --data folder.")
                .formatted(nodeId, marker.removedFrom(), root));
      }
      return marker;
    }
    Marker marker = Marker.fresh(nodeId, newIncarnation);
    marker.write(root);
    return marker;
  }

  private static void refuseForeign(Path root) throws IOException {
    List<String> foreign = Files.exists(root.resolve(Marker.FILE)) ? List.of() : foreignFiles(root);
    if (!foreign.isEmpty()) {
      throw new DataFolderException(
          "The folder %s is not empty and has no %s (it has %s). Use an empty folder for --data."
              .formatted(root, Marker.FILE, foreign));
    }
  }

  private static List<String> foreignFiles(Path root) throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !ALLOWED_IN_NEW.contains(name) && !name.endsWith(".log"))
          .sorted()
          .limit(5)
          .toList();
    }
  }

  public Path root() {
    return root;
  }

  /** A subfolder for one feature; made when missing. */
  public Path folder(String name) {
    try {
      return Files.createDirectories(root.resolve(name));
    } catch (IOException e) {
      throw new DataFolderException("Cannot make " + root.resolve(name) + ": " + e, e);
    }
  }

  /**
   * Looks whether this folder still has what the coordinator keeps in it. When it has not, the node
   * is another incarnation from now on, which belongs to no cluster yet: an old identity with an
   * empty log must not vote (R2). Call before anyone is told who this node is.
   *
   * @param name of the coordinator that will be opened
   * @param isLost of that coordinator, about a folder in which it ran before
   * @param newIncarnation used when the state is gone
   * @throws DataFolderException when the state of another coordinator is there
   */
  public void checkCoordinator(String name, Predicate<Path> isLost, String newIncarnation) {
    String before = marker.coordinator();
    Path state = root.resolve(COORDINATOR);
    if (before == null || (before.equals(name) && !isLost.test(state))) {
      return;
    }
    if (!before.equals(name) && isFilled(state)) {
      throw new DataFolderException(
          ("This node ran with coordinator: %s and the configuration says coordinator: %s, but %s is"
                  + " not empty. Nothing was changed. Either set coordinator: %s again; or, to move"
                  + " the state to %s, export it from the running cluster and then move %s away on"
                  + " all nodes, whatever is in it: the state of %s, or an older one, which must not"
                  + " come back. See docs/concepts/coordinators.md, \"From one to the other\".")
              .formatted(before, name, state, before, name, state, before));
    }
    LOG.warn(
        "{} is gone, in which the coordinator {} kept what this node had agreed on: {} comes back as"
            + " a new node, incarnation {}, with the objects that are here and without a vote until"
            + " it has caught up",
        state,
        before,
        marker.node(),
        newIncarnation);
    replace(known -> known.bornAgain(newIncarnation));
  }

  private static boolean isFilled(Path folder) {
    if (!Files.exists(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> !file.endsWith("lock"));
    } catch (IOException e) {
      throw new DataFolderException("Cannot read " + folder + ": " + e, e);
    }
  }

  /**
   * Looks whether this folder still has the objects that were stored in it. When it has not, their
   * store begins a life of its own, as on a new disk: commits that count its former copies fail,
   * and the copies are fetched from other nodes (R23).
   *
   * @param isLost of a folder in which objects were stored before
   * @param newLife used when they are gone
   */
  public void checkObjects(Predicate<Path> isLost, String newLife) {
    Path folder = root.resolve(OBJECTS);
    if (marker.objects().isEmpty() || !isLost.test(folder)) {
      return;
    }
    LOG.warn(
        "{} is gone or empty, in which {} kept its copies of objects: it begins again as on a new"
            + " disk, incarnation {}, and fetches them from the other nodes",
        folder,
        marker.node(),
        newLife);
    replace(known -> known.withObjects(newLife));
  }

  /** Where objects are stored; made when missing. */
  public Path objectsFolder() {
    return folder(OBJECTS);
  }

  /** Durable when it returns: from now on missing objects are a loss. */
  public void objectsAreKept() {
    replace(known -> known.objects().isEmpty() ? known.withObjects(known.incarnation()) : known);
  }

  /** Of the store of objects, which may have been lost without the rest. */
  public String objectsIncarnation() {
    List<String> lives = marker.objects();
    return lives.isEmpty() ? marker.incarnation() : lives.getLast();
  }

  /** Names under which what is left of the store may still go. */
  public List<String> formerObjects() {
    List<String> names = new ArrayList<>(marker.formerly());
    names.add(marker.incarnation());
    names.addAll(marker.objects());
    names.remove(objectsIncarnation());
    return names;
  }

  /** What the coordinator keeps; made when missing. */
  public Path coordinatorFolder() {
    return folder(COORDINATOR);
  }

  /**
   * Durable when it returns: from now on a missing state is a loss. Call when the coordinator has
   * made what it keeps, and before it takes part: a crash in between leaves either a folder that it
   * goes on with, or none that mattered.
   */
  public void coordinatorRuns(String name) {
    replace(known -> known.withCoordinator(name));
  }

  public String incarnation() {
    return marker.incarnation();
  }

  /** Those of this folder before it lost its coordinator's state, the oldest first. */
  public List<String> formerIncarnations() {
    return marker.formerly();
  }

  /** Ids of those that founded what the former incarnation belonged to. */
  public List<String> formerFounders() {
    return marker.formerFounders();
  }

  /** Which cluster the former incarnation belonged to; null when there was none. */
  public @Nullable String formerCluster() {
    return marker.formerCluster();
  }

  /**
   * Whether this node founded a cluster anew, together with all that were in a former one: what
   * that one had agreed on is not here.
   */
  public boolean foundedAnew() {
    Marker known = marker;
    return known.cluster() != null
        && known.formerCluster() != null
        && !known.cluster().equals(known.formerCluster())
        && known.founders().stream()
            .anyMatch(one ->
                one.id().equals(known.node()) && one.incarnation().equals(known.incarnation()));
  }

  /** Null until the node belongs to a cluster. */
  public @Nullable String cluster() {
    return marker.cluster();
  }

  public List<Founder> founders() {
    return marker.founders();
  }

  /** Peer addresses of an earlier run, to look for the cluster when flags name none. */
  public List<String> knownPeers() {
    return marker.knownPeers();
  }

  /** Durable when it returns: from now on this folder belongs to the cluster. */
  public void bind(String cluster, List<Founder> founders) {
    replace(known -> known.bound(cluster, founders));
  }

  /** Durable when it returns: this folder is never opened again. */
  public void markRemoved() {
    replace(Marker::removed);
  }

  public void rememberPeers(List<String> peers) {
    replace(known -> known.withPeers(peers));
  }

  /** The watch and a removal write at the same time: neither may undo the other. */
  private synchronized void replace(UnaryOperator<Marker> change) {
    Marker next = change.apply(marker);
    if (next.equals(marker)) {
      return;
    }
    try {
      next.write(root);
      marker = next;
    } catch (IOException e) {
      throw new DataFolderException("Cannot write " + root.resolve(Marker.FILE) + ": " + e, e);
    }
  }

  @Override
  public void close() {
    try (lockChannel) {
      lock.release();
    } catch (IOException e) {
      throw new DataFolderException("Cannot unlock " + root + ": " + e, e);
    }
  }
}
