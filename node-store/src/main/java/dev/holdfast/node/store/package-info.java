/**
 * What a node keeps on its disk: version records, the listing and the queue in one LMDB
 * environment, the bytes of objects as content-addressed chunks beside it. Bytes come before names:
 * a record is committed only after its chunks were fsynced.
 */
@NullMarked
package dev.holdfast.node.store;

import org.jspecify.annotations.NullMarked;
