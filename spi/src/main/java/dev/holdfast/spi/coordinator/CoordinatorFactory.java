// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.coordinator;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Opens a backend. Found by {@link java.util.ServiceLoader}; one per backend. */
public interface CoordinatorFactory {
  /** The value of the config key {@code coordinator} that chooses this backend. */
  String name();

  /**
   * Called before the node takes part in anything, so that nothing is founded on options that
   * cannot work.
   *
   * @param options as in {@link Settings#options}
   * @throws IllegalArgumentException when one is wrong; the message lists all that are
   */
  default void requireOptions(Map<String, String> options) {}

  /**
   * Whether a folder in which this backend ran before has lost what it kept there. The node then
   * comes back as another incarnation, which joins without a vote (R2). Never, for a backend whose
   * nodes do not vote.
   *
   * @param folder as in {@link Settings#folder}; may be missing
   */
  default boolean isLost(Path folder) {
    return false;
  }

  /**
   * Makes what this backend keeps in its folder, durably, but takes no part in anything yet. The
   * node then notes that the backend runs here, and calls {@link #open}. So from its first vote on,
   * a folder that is gone is known to be a loss; and after a crash in between {@link #isLost} finds
   * something, so that a node which never voted comes back as it was. A backend that overrides
   * {@link #isLost} overrides this too.
   *
   * @param settings the same as for {@link #open}
   * @throws CoordinatorFailedException as {@link #open}
   * @throws IllegalArgumentException when an option is wrong
   */
  default void prepare(Settings settings) {}

  /**
   * Opens this process' part. Returns as soon as the local part runs; there may be no leader yet.
   *
   * @throws CoordinatorFailedException when the folder is foreign, corrupt, or in use
   */
  Coordinator open(Settings settings);

  /**
   * @param nodeId 1 to 64 characters of {@code [a-z0-9-]}
   * @param incarnation of the data folder (R2); its persisted state must carry the same
   * @param folder for this backend alone; made when it is missing
   * @param address {@code host:port} to listen on, for backends that do
   * @param founders the voters of a new cluster, all of them with this one; empty to join a
   *     cluster, which then adds this node through {@link Voters#add}; ignored when the folder
   *     already has a state
   * @param clusterId names the cluster; state of another one is refused
   * @param options backend specific, validated by the factory: an unknown key is an error
   * @param onFatal told once when this process must end; nothing is acknowledged afterwards
   * @param meter receives named figures, e.g. {@code raft.batch.transactions}
   * @param links to the other nodes; null for a backend that does not listen, else it is refused
   */
  record Settings(
      String nodeId,
      String incarnation,
      Path folder,
      String address,
      List<Voters.Member> founders,
      String clusterId,
      Map<String, String> options,
      Consumer<CoordinatorFailedException> onFatal,
      Meter meter,
      @Nullable NodeLinks links) {
    public Settings {
      founders = List.copyOf(founders);
      options = Map.copyOf(options);
    }

    /** For a backend that listens nowhere. */
    public Settings(
        String nodeId,
        String incarnation,
        Path folder,
        String address,
        List<Voters.Member> founders,
        String clusterId,
        Map<String, String> options,
        Consumer<CoordinatorFailedException> onFatal,
        Meter meter) {
      this(
          nodeId, incarnation, folder, address, founders, clusterId, options, onFatal, meter, null);
    }
  }

  /** Where figures go. Thread-safe, cheap. */
  interface Meter {
    Meter NONE =
        new Meter() {
          @Override
          public void count(String name, long amount) {}

          @Override
          public void record(String name, double value) {}
        };

    void count(String name, long amount);

    void record(String name, double value);
  }
}
