// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.system.Deadline;
import dev.holdfast.spi.system.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.data.ACL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The znode of the cluster, and what this node keeps on its own disk about it: which cluster it is
 * of, and the newest revision that this node has heard of. An ensemble that is behind that was
 * restored from an older copy, or is another one: it is refused (R9).
 */
final class Root {
  private static final Logger LOG = LoggerFactory.getLogger(Root.class);
  private static final String FORMAT = "holdfast 1";
  private static final String FILE = "zookeeper";
  private static final String NEXT = ".next";
  private static final long REMEMBER_EVERY_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final ZkPaths paths;
  private final String clusterId;
  private final Path file;
  private long remembered;
  private final LongSupplier nanos;
  private long rememberedAt;

  /**
   * @throws CoordinatorFailedException when the folder is of another cluster, or of another backend
   */
  Root(ZkPaths paths, String clusterId, Path folder, LongSupplier nanos) {
    this.paths = paths;
    this.clusterId = clusterId;
    this.nanos = nanos;
    this.rememberedAt = nanos.getAsLong();
    this.file = folder.resolve(FILE);
    try {
      Files.createDirectories(folder);
      if (Files.exists(file)) {
        String[] words = Files.readString(file).strip().split(" ");
        if (words.length != 2 || !words[0].equals(clusterId)) {
          throw new CoordinatorFailedException(
              file + " is of cluster " + words[0] + ", this node is of " + clusterId);
        }
        remembered = Long.parseLong(words[1]);
      } else {
        requireEmpty(folder);
      }
    } catch (IOException | NumberFormatException e) {
      throw new CoordinatorFailedException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static void requireEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> foreign =
          files
              .map(file -> String.valueOf(file.getFileName()))
              .filter(name -> !name.equals("lock") && !name.startsWith(FILE + "."))
              .sorted()
              .limit(3)
              .toList();
      if (!foreign.isEmpty()) {
        throw new CoordinatorFailedException(
            "%s is not of the coordinator zookeeper, it has %s. Move the whole folder away: what another coordinator kept there must not come back."
                .formatted(folder, foreign));
      }
    }
  }

  /** Durable when it returns: from now on the folder is this cluster's. */
  synchronized void claim() {
    if (Files.exists(file)) {
      return;
    }
    try {
      DurableFiles.replace(file, line(0));
    } catch (IOException e) {
      throw new CoordinatorFailedException("Cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private byte[] line(long revision) {
    return (clusterId + " " + revision + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** A version that does not know of raised revisions refuses a root that says they are. */
  private String description(boolean isRaised) {
    return FORMAT + "\ncluster " + clusterId + "\nbase " + (isRaised ? "raised" : "0") + "\n";
  }

  /** What it holds once a {@link RevisionRaise} was made. */
  byte[] raised() {
    return description(true).getBytes(StandardCharsets.UTF_8);
  }

  /** Makes the folders, and looks whose they are. */
  void prepare(Requests requests, Deadline deadline) throws InterruptedException {
    String path = "";
    for (String name : paths.root().substring(1).split("/")) {
      path += "/" + name;
      if (!path.equals(paths.root())) {
        Waiting.forAnswer(requests.createAncestor(path), deadline);
      }
    }
    byte[] said = description(false).getBytes(StandardCharsets.UTF_8);
    Waiting.forAnswer(requests.create(paths.root(), said, CreateMode.PERSISTENT), deadline);
    Znode root =
        Objects.requireNonNull(
            Waiting.forAnswer(requests.get(paths.root()), deadline), "it was made just now");
    String found = root.data().toUtf8();
    if (!found.equals(description(false)) && !found.equals(description(true))) {
      throw new CoordinatorFailedException(
          "%s in ZooKeeper is not of cluster %s in a format that this version knows, it says \"%s\". Choose another with zookeeper.chroot"
              .formatted(paths.root(), clusterId, found.replace('\n', ';')));
    }
    warnWhenOpen(requests, deadline);
    for (String folder : new String[] {paths.live(), paths.root() + "/cold"}) {
      make(requests, folder, deadline);
    }
    make(requests, paths.kinds(false), deadline);
    make(requests, paths.kinds(true), deadline);
    make(requests, paths.beats(), deadline);
    make(requests, paths.leases(), deadline);
    make(requests, paths.base(), deadline);
  }

  /** Access is a znode's own: what was made before it was protected stays as it was. */
  private void warnWhenOpen(Requests requests, Deadline deadline) throws InterruptedException {
    List<ACL> found = Waiting.forAnswer(requests.acl(paths.root()), deadline);
    boolean isOpen = found.containsAll(Ids.OPEN_ACL_UNSAFE);
    if (isOpen && !paths.acl().containsAll(Ids.OPEN_ACL_UNSAFE)) {
      LOG.warn(
          "{} in ZooKeeper is open to everybody: it was made before zookeeper.auth was set. Close it with zkCli.sh as that identity: setAcl -R {} auth::cdrwa",
          paths.root(),
          paths.root());
    }
  }

  private static void make(Requests requests, String path, Deadline deadline)
      throws InterruptedException {
    Waiting.forAnswer(requests.create(path, new byte[0], CreateMode.PERSISTENT), deadline);
  }

  /**
   * @throws CoordinatorFailedException the ensemble has forgotten commits (R9)
   */
  synchronized void requireNotBehind(long revision) {
    if (revision < remembered) {
      throw new CoordinatorFailedException(
          "ZooKeeper is at revision %d, and this node has seen %d: commits are missing. Was it restored from an older copy?"
              .formatted(revision, remembered));
    }
  }

  /** Now and then, and at the end. Not durable: an older revision refuses less, never more. */
  synchronized void remember(long revision) {
    long now = nanos.getAsLong();
    if (revision <= remembered || now - rememberedAt < REMEMBER_EVERY_NANOS) {
      return;
    }
    rememberedAt = now;
    try {
      Path next = Files.write(file.resolveSibling(FILE + NEXT), line(revision));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      remembered = revision;
    } catch (IOException e) {
      LOG.warn("Cannot write {}: {}", file, e.toString());
    }
  }
}
