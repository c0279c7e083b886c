package dev.holdfast.cli.it.nemesis;

import dev.holdfast.testkit.cluster.LocalCluster;
import java.util.Locale;

/** What the cluster agrees through. */
enum Backend {
  RAFT {
    @Override
    LocalCluster.Builder configure(LocalCluster.Builder cluster) {
      return cluster;
    }
  };

  /**
   * @throws IllegalArgumentException for one that these stories cannot start in namespaces
   */
  static Backend named(String name) {
    for (Backend backend : values()) {
      if (backend.name().equals(name.toUpperCase(Locale.ROOT))) {
        return backend;
      }
    }
    throw new IllegalArgumentException("No backend " + name + " here; there is raft");
  }

  /** Tells the nodes to use it. */
  abstract LocalCluster.Builder configure(LocalCluster.Builder cluster);
}
