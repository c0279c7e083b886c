// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import dev.holdfast.node.cluster.ClusterFeature;
import dev.holdfast.node.feature.Feature;
import dev.holdfast.node.http.Admission;
import dev.holdfast.node.http.CoordinatorProblems;
import dev.holdfast.node.http.HttpServer;
import dev.holdfast.node.http.Router;

/** Lets clients in to the features, to most of them only when the cluster has its state. */
record Doors(HttpServer http, CoordinatorProblems problems, ClusterFeature cluster) {

  void open(Feature feature) {
    Router router = problems.over(http.router());
    boolean always = feature.servesWithoutState();
    Router door = always ? router : cluster.onceImported(router);
    feature.routes().forEach(routes -> routes.register(door));
    feature
        .sockets()
        .forEach(socket -> http.webSocket(socket, always ? Admission.ALL : cluster::admit));
  }
}
