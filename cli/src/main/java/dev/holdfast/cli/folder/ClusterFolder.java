// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.folder;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.node.data.DataFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The data folder of a local cluster.
 *
 * <pre>
 * cluster.json   the mark of the folder, and how the cluster was founded
 * secret         what nodes prove to each other, mode 0600
 * n1/ n2/ n3/    one data folder for each node
 * logs/n1.log    what each node says
 * run.json       the processes, while they run, and whose they are
 * up.lock        held by a command that starts or stops nodes here
 * </pre>
 *
 * A folder that has content but not our mark is never written to.
 */
public final class ClusterFolder implements AutoCloseable {
  public static final String DEFAULT = ".holdfast";
  private static final String MARK = "cluster.json";
  private static final String LOCK = "up.lock";
  private static final String RUN = "run.json";
  private static final int SECRET_BYTES = 32;

  private final Path path;
  private ClusterLayout layout;
  private @Nullable FileChannel claim;

  private ClusterFolder(Path path, ClusterLayout layout) {
    this.path = path;
    this.layout = layout;
  }

  /** The cluster that lives here, if any; a foreign or broken folder counts as none. */
  public static Optional<ClusterFolder> existing(Path path) {
    try {
      return read(path).map(found -> new ClusterFolder(path, found));
    } catch (CommandException e) {
      return Optional.empty();
    }
  }

  /**
   * @throws CommandException when the folder belongs to something else
   */
  public static Optional<ClusterFolder> open(Path path) {
    Optional<ClusterLayout> found = read(path);
    if (found.isEmpty() && !isEmpty(path)) {
      throw new CommandException(
          ExitCode.REFUSED,
          path + " is not empty and is no Holdfast data folder (" + MARK + " is missing)",
          "name another folder with --data; this one was left as it is");
    }
    return found.map(l -> new ClusterFolder(path, l));
  }

  public static ClusterFolder create(Path path, ClusterLayout layout) {
    ClusterFolder folder = new ClusterFolder(path, layout);
    folder.save(layout);
    return folder;
  }

  private static Optional<ClusterLayout> read(Path path) {
    Path mark = path.resolve(MARK);
    try {
      ClusterLayout layout = Terminal.JSON.readValue(Files.readAllBytes(mark), ClusterLayout.class);
      if (layout.product() != null
          && layout.product().equals(ClusterLayout.PRODUCT)
          && layout.format() == ClusterLayout.FORMAT) {
        return Optional.of(layout);
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (JacksonException e) {
      throw foreign(mark, e);
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.REFUSED, "cannot read " + mark + ": " + e.getMessage(), "check its owner", e);
    }
    throw foreign(mark, null);
  }

  private static CommandException foreign(Path mark, @Nullable Exception cause) {
    return new CommandException(
        ExitCode.REFUSED,
        mark + " is damaged, or was not written by this version of Holdfast",
        "name another folder with --data, or bring the file back; this one was left as it is",
        cause);
  }

  private static boolean isEmpty(Path path) {
    try (Stream<Path> content = Files.list(path)) {
      return content.findAny().isEmpty();
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.REFUSED,
          "cannot use " + path + " as a data folder: " + e,
          "name another folder with --data",
          e);
    }
  }

  public ClusterLayout layout() {
    return layout;
  }

  /** The data folder of each node. */
  public List<Path> nodeFolders() {
    return layout.addresses().stream().map(this::data).toList();
  }

  /** Those that belong to the cluster still, as far as their folders tell. */
  public List<NodeAddress> members(ClusterLayout some) {
    return some.addresses().stream().filter(node -> !DataFolder.wasRemoved(data(node))).toList();
  }

  public Path path() {
    return path;
  }

  public Path data(NodeAddress node) {
    return path.resolve(node.id());
  }

  public Path log(NodeAddress node) {
    return path.resolve("logs").resolve(node.id() + ".log");
  }

  public Path secretFile() {
    return path.resolve("secret");
  }

  public void save(ClusterLayout newLayout) {
    write(MARK, newLayout);
    layout = newLayout;
  }

  /**
   * What runs here. A record that cannot be read counts as none as long as no data folder is in
   * use: a power loss may leave an empty file, and then nothing runs.
   *
   * @throws CommandException when the record belongs to another folder, of which this one is a
   *     copy, or when it cannot be read while nodes run
   */
  public RunningNodes running() {
    RunningNodes recorded = recorded();
    if (!recorded.belongsTo(path)) {
      throw new CommandException(
          ExitCode.REFUSED,
          path + " is a copy: the nodes in its " + RUN + " run in " + recorded.folder(),
          "nothing runs here; to stop those: 'holdfast down --data " + recorded.folder() + "'");
    }
    return recorded;
  }

  /** The same, where a copy is a folder in which nothing runs. */
  public RunningNodes runningOwn() {
    RunningNodes recorded = recorded();
    return recorded.belongsTo(path) ? recorded : RunningNodes.NONE;
  }

  private RunningNodes recorded() {
    Path file = path.resolve(RUN);
    try {
      return Terminal.JSON.readValue(Files.readAllBytes(file), RunningNodes.class);
    } catch (NoSuchFileException e) {
      return RunningNodes.NONE;
    } catch (JacksonException | IOException e) {
      List<String> inUse =
          layout.addresses().stream()
              .filter(node -> DataFolder.isInUse(data(node)))
              .map(NodeAddress::id)
              .toList();
      if (inUse.isEmpty()) {
        return RunningNodes.NONE;
      }
      throw new CommandException(
          ExitCode.REFUSED,
          file + " is damaged, and nodes run: " + String.join(", ", inUse),
          "find them with 'fuser " + path + "/*/node.lock' and end them with kill",
          e);
    }
  }

  public void saveRunning(List<RunningNodes.RunningNode> nodes) {
    write(RUN, RunningNodes.in(path, nodes));
  }

  public void forgetRunning() {
    try {
      Files.deleteIfExists(path.resolve(RUN));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Folders and secret; the secret is made once and never changes. */
  public void prepare() {
    try {
      Files.createDirectories(path.resolve("logs"));
      if (!Files.exists(secretFile())) {
        byte[] secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        DurableFile.replacePrivately(secretFile(), text(HexFormat.of().formatHex(secret)));
      }
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.REFUSED,
          "cannot write to " + path + ": " + e,
          "check who owns the folder, or name another with --data",
          e);
    }
  }

  /** Removes everything inside but the mark and the lock: a half-emptied folder is still ours. */
  public void empty() {
    try (Stream<Path> content = Files.list(path)) {
      for (Path entry : content.toList()) {
        if (!entry.endsWith(MARK) && !entry.endsWith(LOCK)) {
          PathUtils.delete(entry);
        }
      }
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.REFUSED, "cannot empty " + path + ": " + e, "check who owns its files", e);
    }
  }

  /**
   * Keeps other processes from starting nodes here, until {@link #close} or the end of the process,
   * however it ends. False when another one is at it.
   */
  public boolean claim() {
    try {
      FileChannel channel =
          FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        channel.close();
        return false;
      }
      claim = channel;
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Gives the claim back. */
  @Override
  public void close() {
    try {
      if (claim != null) {
        claim.close();
        claim = null;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String name, Object document) {
    try {
      Files.createDirectories(path);
      DurableFile.replace(path.resolve(name), text(Terminal.JSON.writeValueAsString(document)));
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.REFUSED,
          "cannot write " + path.resolve(name) + ": " + e,
          "check who owns the folder, or name another with --data",
          e);
    }
  }

  private static InputStream text(String line) {
    return new ByteArrayInputStream((line + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
