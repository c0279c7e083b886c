// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.principal;

import java.util.Set;

/** Who asks: it comes with each request, WebSocket and peer message. */
public sealed interface Principal {
  Principal ANONYMOUS = new Anonymous();

  /** For logs, and as the author of what is written. */
  String name();

  /** Nobody asked who it is: every client, until there are tokens. */
  record Anonymous() implements Principal {
    @Override
    public String name() {
      return "anonymous";
    }
  }

  /**
   * A client that showed a token.
   *
   * @param token its id, which is no secret
   * @param scopes what it allows, by their names, e.g. {@code objects:read}
   */
  record Client(String token, Set<String> scopes) implements Principal {
    public Client {
      scopes = Set.copyOf(scopes);
    }

    @Override
    public String name() {
      return token;
    }
  }

  /**
   * Another node of the cluster.
   *
   * @param id that it proved to be
   */
  record Node(String id, Proof proof) implements Principal {
    @Override
    public String name() {
      return id;
    }
  }

  /** How a node proved who it is. */
  enum Proof {
    /** It knows the secret that all nodes share, so it is one of them, and names itself. */
    CLUSTER_SECRET,
    /** Its certificate carries its id. */
    CERTIFICATE
  }
}
