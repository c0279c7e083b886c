// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.config;

import dev.holdfast.node.config.ConfigKey.Kind;
import java.util.List;

/**
 * Every key that a node knows. The reference, docs/reference/config.md, is made from this table.
 */
final class ConfigKeys {
  static final List<ConfigKey> ALL =
      List.of(
          new ConfigKey("node.id", Kind.ID, "", "The name of this node, unique in its cluster."),
          new ConfigKey(
              "node.data", Kind.PATH, "", "The folder for everything that this node keeps."),
          new ConfigKey(
              "node.api", Kind.ADDRESS, "127.0.0.1:7600", "Where clients reach this node."),
          new ConfigKey(
              "node.publicApi",
              Kind.ADDRESS,
              "",
              "What clients are told as this node's address, when it is not node.api: behind a"
                  + " published port or a proxy."),
          new ConfigKey(
              "node.peer",
              Kind.ADDRESS,
              "",
              "Where other nodes reach this node; by default the api port + 1."),
          new ConfigKey(
              "node.raft",
              Kind.ADDRESS,
              "",
              "Where the Raft of other nodes reaches this node; by default the api port + 2."),
          new ConfigKey(
              "node.labels",
              Kind.LABELS,
              "",
              "What placement policies may know about this node, e.g. rack=r12."),
          new ConfigKey(
              "node.capacity",
              Kind.SIZE,
              "",
              "The weight of this node in placement; by default the size of its file store."),
          new ConfigKey(
              "cluster.found",
              Kind.FOUNDERS,
              "",
              "All founders of a new cluster with their peer addresses; the same on each of them. For a"
                  + " cluster of one, itself. A node without data needs this, cluster.join or"
                  + " cluster.discovery."),
          new ConfigKey(
              "cluster.join",
              Kind.ADDRESSES,
              "",
              "Peer addresses of a running cluster that this node joins."),
          new ConfigKey(
              "cluster.secretFile",
              Kind.PATH,
              "",
              "The file with the cluster secret, 64 hexadecimal digits, mode 0600: the same on all nodes;"
                  + " by default 'secret' in the data folder, made when it is missing."),
          new ConfigKey(
              "cluster.discovery",
              Kind.TEXT,
              "",
              "Where further peer addresses stand: dns:NAME:PORT or file:PATH, one HOST:PORT a"
                  + " line."),
          new ConfigKey(
              "cluster.discoveryInterval",
              Kind.DURATION,
              "10s",
              "How often cluster.discovery is read again."),
          new ConfigKey(
              "cluster.healthCheckInterval",
              Kind.DURATION,
              "1s",
              "Between two pings to each other node."),
          new ConfigKey(
              "cluster.healthCheckTimeout",
              Kind.DURATION,
              "2s",
              "Until a ping to another node has failed."),
          new ConfigKey(
              "cluster.maxFailedHealthChecks",
              Kind.COUNT,
              "3",
              "Failed pings in a row after which another node is called unhealthy and not chosen as"
                  + " a home."),
          new ConfigKey(
              "membership.replaceAfter",
              Kind.DURATION,
              "5m",
              "How long a voter is down before an observer takes its seat, one at a time and only"
                  + " while a majority is healthy."),
          new ConfigKey(
              "membership.spreadLabel",
              Kind.TEXT,
              "zone",
              "The label whose values the voters should differ in when an observer is chosen."),
          new ConfigKey(
              "network.insecureCidr",
              Kind.CIDR,
              "",
              "Addresses beyond loopback that this node may listen on without TLS."),
          new ConfigKey(
              "coordinator",
              Kind.TEXT,
              "raft",
              "The backend that the cluster agrees through: raft or zookeeper."),
          new ConfigKey(
              "raft.*",
              Kind.ANY,
              "",
              "Options of the Raft backend: electionTimeoutMin, electionTimeoutMax,"
                  + " heartbeatInterval, leaseTtl, requestTimeout, snapshotEntries,"
                  + " snapshotInterval, logTailEntries, logSegmentBytes, overlayBytesMax,"
                  + " freeSpaceMinBytes, votersMax, noMajorityAfter, tableScrubInterval;"
                  + " snapshotEntries may also be"
                  + " written snapshotThreshold."),
          new ConfigKey(
              "zookeeper.*",
              Kind.ANY,
              "",
              "Options of the ZooKeeper backend: connect, chroot, sessionTimeout,"
                  + " connectionTimeout, juteMaxBuffer, auth, authFile, saslContext, aclOwner, acl,"
                  + " tls, keyStore, keyStorePasswordFile, trustStore, trustStorePasswordFile,"
                  + " hostnameVerification."),
          new ConfigKey(
              "backend.*",
              Kind.ANY,
              "",
              "Options of a backend that is neither raft nor zookeeper, as it documents them."),
          new ConfigKey(
              "objects.copies", Kind.COUNT, "3", "How many copies of an object are wanted."),
          new ConfigKey(
              "objects.chunkSize",
              Kind.SIZE,
              "1MiB",
              "The size of the chunks that objects are cut into; 64KiB to 2MiB."),
          new ConfigKey(
              "objects.tombstoneRetention",
              Kind.DURATION,
              "720h",
              "How long a deletion is kept, with what it deleted, before it may be forgotten. What a"
                  + " node that was away longer brings back and nobody knows is set aside; up to"
                  + " 87600h."),
          new ConfigKey(
              "repair.auditEvery",
              Kind.DURATION,
              "10m",
              "Between two audits of all copies that nothing asked for; a lost file is found so"
                  + " late. Each reads all heads."),
          new ConfigKey(
              "repair.deadAfter",
              Kind.DURATION,
              "5m",
              "How long a node is down before its copies are made elsewhere; a restart that takes"
                  + " less moves nothing."),
          new ConfigKey(
              "repair.bytesPerSecond",
              Kind.SIZE,
              "32MiB",
              "What the repairs that this node runs copy in a second at most, so that clients come"
                  + " first; 1MiB or more."),
          new ConfigKey(
              "repair.keysAtOnce",
              Kind.COUNT,
              "4",
              "Objects that this node repairs at the same time, 1 to 64."),
          new ConfigKey(
              "cleanup.every",
              Kind.DURATION,
              "12h",
              "Between two cleanups of this node's disk; on low space one begins at once."),
          new ConfigKey(
              "cleanup.grace",
              Kind.DURATION,
              "6h",
              "A chunk that no version names goes to the trash when nobody stored it or asked for it"
                  + " for so long: it may be of an upload under way. After a start nothing is deleted"
                  + " for so long."),
          new ConfigKey(
              "cleanup.trashGrace",
              Kind.DURATION,
              "24h",
              "How long a chunk stays in the trash, from where an upload that took longer gets it"
                  + " back; on low space it goes at once."),
          new ConfigKey(
              "cleanup.bytesPerSecond",
              Kind.SIZE,
              "16MiB",
              "What is read and written in a second to rewrite segments that are mostly dead; 1MiB or"
                  + " more."),
          new ConfigKey(
              "cleanup.policy",
              Kind.TEXT,
              "",
              "The policy that lets old versions and surplus copies go, as PLUGIN/POLICY, which a"
                  + " plugin of this node must offer. Empty: all stay. Name the same on every node."),
          new ConfigKey(
              "cleanup.policyMode",
              Kind.TEXT,
              "plan",
              "What a scheduled pass of the policy does: 'plan' shows in 'holdfast cleanup status'"
                  + " what would go, 'run' deletes it. 'holdfast cleanup run' deletes it in either"
                  + " mode."),
          new ConfigKey(
              "cleanup.policyEvery",
              Kind.DURATION,
              "24h",
              "Between two passes of the policy that nobody asked for; each reads all heads."),
          new ConfigKey(
              "cleanup.overhead",
              Kind.SIZE,
              "100GiB",
              "Surplus copies that the cluster keeps, all nodes together; what is beyond it goes"
                  + " from the nodes with the least free space first. 0B keeps none."),
          new ConfigKey(
              "map.maxStateSize",
              Kind.SIZE,
              "256MiB",
              "Keys and values of all maps together; a write beyond it is refused, deletes are"
                  + " not."),
          new ConfigKey(
              "session.maxPerNode",
              Kind.COUNT,
              "200000",
              "Sessions that a node hosts; above that it creates none, and still takes over those"
                  + " of nodes that have died."),
          new ConfigKey(
              "lock.max", Kind.COUNT, "2000000", "Locks that are in use, or were a moment ago."),
          new ConfigKey("counter.max", Kind.COUNT, "1000000", "Counters that are not 0."),
          new ConfigKey("latch.max", Kind.COUNT, "1000000", "Latches."),
          new ConfigKey("barrier.max", Kind.COUNT, "1000000", "Barriers."),
          new ConfigKey(
              "socket.maxUnread",
              Kind.SIZE,
              "48MiB",
              "Messages of all session sockets together that their clients have not read; above"
                  + " that the slowest are closed with 1013."),
          new ConfigKey(
              "socket.maxPending",
              Kind.SIZE,
              "48MiB",
              "Messages of all session sockets together whose requests are not answered; above that"
                  + " requests are refused with OVERLOADED."),
          new ConfigKey(
              "placement.policy",
              Kind.TEXT,
              "",
              "The placement policy as PLUGIN/POLICY, which a plugin of this node must offer; empty"
                  + " for the default."),
          new ConfigKey(
              "merge.policies",
              Kind.NAMES,
              "",
              "Policies that merge versions which were written apart, as PLUGIN/POLICY each, which"
                  + " plugins of this node must offer; the first that handles a content type merges"
                  + " it. Empty: by hand, since nobody looks at what a policy merges. Name the same"
                  + " on every node."),
          new ConfigKey(
              "http.headerSize", Kind.SIZE, "16KiB", "Request line and headers together."),
          new ConfigKey("http.headers", Kind.COUNT, "64", "Headers of one request."),
          new ConfigKey(
              "http.headersTimeout",
              Kind.DURATION,
              "10s",
              "From the first byte of a request to its last header."),
          new ConfigKey(
              "http.idleTimeout", Kind.DURATION, "30s", "A connection between two requests."),
          new ConfigKey(
              "http.stallTimeout", Kind.DURATION, "60s", "A body that neither arrives nor leaves."),
          new ConfigKey("http.jsonSize", Kind.SIZE, "64KiB", "A body that is read as JSON."),
          new ConfigKey("http.bodySize", Kind.SIZE, "1TiB", "A body that is streamed."),
          new ConfigKey(
              "http.requests", Kind.COUNT, "20000", "Requests that are answered at the same time."),
          new ConfigKey(
              "http.connections",
              Kind.COUNT,
              "10000",
              "Connections open at the same time, and never more than half of the descriptors that"
                  + " the process may have; further ones are closed with 503."),
          new ConfigKey(
              "http.connectionsPerAddress", Kind.COUNT, "4000", "The same, from one address."),
          new ConfigKey(
              "http.hosts",
              Kind.NAMES,
              "",
              "Names, without ports, that a Host header may carry beside the one in node.api and"
                  + " those of loopback (beyond loopback: any address in digits)."),
          new ConfigKey(
              "plugins.*", Kind.ANY, "", "Per plugin id, the keys that its plugin.yaml declares."),
          new ConfigKey("log.level", Kind.TEXT, "info", "error, warn, info, debug or trace."),
          new ConfigKey(
              "log.format",
              Kind.TEXT,
              "text",
              "text or json, one line each; in JSON: time, level, node, logger, thread, message, error."));

  private ConfigKeys() {}

  /** docs/reference/config.md, whole. */
  static String reference() {
    StringBuilder page =
        new StringBuilder(
            """
            # Configuration of a node

            A value comes from the command line, else from the environment, else from the file that
            `--config` or `HOLDFAST_CONFIG` names, else from the default; that holds for every key. On the
            command line each key is `--set KEY=VALUE`, and some have an option of their own
            (`holdfast node --help`). In the file, dots are nesting. A duration or a size always has a
            unit. An unknown key is an error.

            | Key | Environment | Value | Default | |
            |---|---|---|---|---|
            """);
    for (ConfigKey key : ALL) {
      page.append(
          "| `%s` | %s | %s | %s | %s |\n"
              .formatted(
                  key.name(),
                  key.isPassedThrough() ? "" : "`" + key.variable() + "`",
                  key.kind().form,
                  key.fallback().isEmpty() ? "" : "`" + key.fallback() + "`",
                  key.doc()));
    }
    return page.toString();
  }
}
