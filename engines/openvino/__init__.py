"""The network on OpenVINO, for CPUs. Its door is `runner`.

Files of ONNX become what OpenVINO compiles in three steps: parts are joined, with states as they are kept
(`wiring`); the graph is rewritten (`model`, with the table in `rewrites`); and it is compiled (`compiled_part`).
All that reads and changes graphs uses the words of `nodes`.

OpenVINO's layers have channels last, and all else has them first. What costs most is to turn values around
between the two, to cut apart channels that lie last, and to repeat one channel for many. Each rewrite leaves
what is computed as it is but for rounding. They come in this order; `after` names those that must come before:

| rewrite | finds | leaves | after |
|---|---|---|---|
| sink concatenations | sums over unlike channels, added as one tensor | sums apart | |
| drop idle | reshapes to the same shape, turning there and back | nothing | |
| cells of image | an image cut into cells pixel by pixel | rows of cells moved, an order of channels | drop idle |
| cut weights | a layer's output split into small parts | a layer for each part | |
| flatten concatenations | a concatenation in a concatenation | one | |
| layer for each part | a layer of a concatenation | a layer for each large part, added | flatten concatenations |
| sign into weights | a layer of x − state | a layer of state − x | layer for each part |
| pixels of layer | cells of one channel turned to an image | rows of cells moved | |
| box as layer | the mean over a window of a single channel | a convolution | |
| image of cells | cells turned to an image pixel by pixel | rows of cells moved, an order of channels | |
| order behind | an order of channels before arithmetic or a layer | it behind, in the weights, or gone | cells of image, image of cells |
| luminance | a weighted sum of the planes of cells | an exact 1 × 1 layer | order behind |
| means of cells | the mean over channels behind a layer | an exact 1 × 1 layer | luminance |
| steps in cells | the mean square step between pixels of a cell | two exact 1 × 1 layers | |
| mix by layers | a weighted mean of four cells for every pixel | layers with ones for weights | cut weights |
| pool tokens | blocks of tokens averaged with channels first | the average with channels last | |
| bfloat16 | layers, and what lies between them | these in bfloat16 | layer for each part, mix by layers |
| tokens last | tokens turned to be shaped to rows and columns | channels last | pool tokens |
| arithmetic last | channels brought to the front for arithmetic | arithmetic with channels last | order behind, bfloat16, tokens last |
| one for each reader | a transposition with several readers | one for each, which layers see through | arithmetic last |
| spread by layers | a value repeated for each channel of a group | a convolution with ones | bfloat16 |
| split single channels | a layer over a window to a single channel | a channel for each place, added | bfloat16 |

`bfloat16` and `split single channels` are for bf16 alone. What each saves on a machine is measured by
`python -m benchmarks.openvino_rewrites`, which leaves one out at a time.
"""  # noqa: E501 - a table
