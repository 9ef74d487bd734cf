// A trained generator that draws while you move through its latent space. First come pure functions,
// which the tests compare with Keras; then the page. `gk.latent_walk` wraps this file in a function:
// no name here is global.

// ---- The generator

const product = (sizes) => sizes.reduce((a, b) => a * b, 1);

// The numbers of a weight array: each is a whole number in base 64, with an offset, times a scale.
function unpacked({ text, digits, scale }, signs) {
	const values = new Uint8Array(128), numbers = new Float32Array(text.length / digits);
	[...signs].forEach((sign, value) => (values[sign.charCodeAt()] = value));
	for (let i = 0; i < numbers.length; i++) {
		let whole = 0;
		for (let k = 0; k < digits; k++) whole = 64 * whole + values[text.charCodeAt(i * digits + k)];
		numbers[i] = scale * (whole - 64 ** digits / 2);
	}
	return numbers;
}

const with_weights = (operations, signs) => operations.map((operation) =>
	({ ...operation, weights: operation.weights.map((packed) => unpacked(packed, signs)) }));

// What a layer makes, before it sums up: the bias of each channel, if it has one; channels come last.
const started = ({ shape, weights: [, bias] }) => {
	const numbers = new Float32Array(product(shape));
	return { shape, numbers: bias ? numbers.map((_, i) => bias[i % bias.length]) : numbers };
};

// Each place of the smaller of two maps meets a patch of the larger one. A convolution sums up the
// patches, from large to small; a transposed one, its mirror, paints them, from small to large.
function convolve({ strides, kernel_size, weights: [kernel] }, small, large, transposed) {
	const [rows, columns, n] = small.shape, [all_rows, all_columns, m] = large.shape;
	const few = small.numbers, many = large.numbers;
	const [above, left] = [0, 1].map((axis) => { // of a patch may hang over the edge
		const reach = (small.shape[axis] - 1) * strides[axis] + kernel_size[axis];
		return Math.max(reach - large.shape[axis], 0) >> 1;
	});
	for (let tap = 0; tap < product(kernel_size); tap++)
		for (let place = 0; place < rows * columns; place++) {
			const [down, across] = [Math.floor(tap / kernel_size[1]), tap % kernel_size[1]];
			const row = Math.floor(place / columns) * strides[0] + down - above;
			const column = (place % columns) * strides[1] + across - left;
			if (row < 0 || row >= all_rows || column < 0 || column >= all_columns) continue;
			const s = place * n, l = (row * all_columns + column) * m;
			for (let i = 0; i < m; i++) {
				const from = (tap * m + i) * n;
				if (transposed) {
					let sum = 0;
					for (let j = 0; j < n; j++) sum += kernel[from + j] * few[s + j];
					many[l + i] += sum;
				} else for (let j = 0; j < n; j++) few[s + j] += kernel[from + j] * many[l + i];
			}
		}
	return transposed ? many : few;
}

// Keras's layers in inference, for one sample: from a tensor {shape, numbers} to numbers.
const keep = (_, { numbers }) => numbers;
const slope = ({ negative_slope }, { numbers }) =>
	numbers.map((t) => (t > 0 ? t : negative_slope * t));
const LAYERS = {
	Dense(layer, { numbers }) {
		const y = started(layer).numbers, outputs = layer.shape.at(-1);
		const [kernel] = layer.weights, inputs = kernel.length / outputs;
		for (let i = 0; i < numbers.length; i++) {
			const from = (i % inputs) * outputs, to = Math.floor(i / inputs) * outputs;
			for (let j = 0; j < outputs; j++) y[to + j] += numbers[i] * kernel[from + j];
		}
		return y;
	},
	Conv2D: (layer, x) => convolve(layer, started(layer), x, false),
	Conv2DTranspose: (layer, x) => convolve(layer, x, started(layer), true),
	UpSampling2D({ shape: [rows, columns, n], size }, { shape, numbers }) {
		return Float32Array.from({ length: rows * columns * n }, (_, i) => {
			const row = Math.floor(i / (columns * n) / size[0]);
			const column = Math.floor((Math.floor(i / n) % columns) / size[1]);
			return numbers[(row * shape[1] + column) * n + (i % n)];
		});
	},
	BatchNormalization: ({ weights: [scale, shift] }, { numbers }) =>
		numbers.map((t, i) => scale[i % scale.length] * t + shift[i % scale.length]),
	ReLU: slope, LeakyReLU: slope, Activation: keep, Reshape: keep, Flatten: keep, Dropout: keep,
};
const ACTIVATIONS = {
	linear: (t) => t,
	relu: (t) => Math.max(t, 0),
	leaky_relu: (t) => (t > 0 ? t : 0.2 * t),
	tanh: Math.tanh,
	sigmoid: (t) => 1 / (1 + Math.exp(-t)),
};

// G(z): the numbers of one picture, row by row.
function generate(operations, z) {
	let tensor = { shape: [z.length], numbers: Float32Array.from(z) };
	for (const operation of operations) {
		const { kind, activation, shape } = operation, made = LAYERS[kind](operation, tensor);
		tensor = { shape, numbers: activation ? made.map(ACTIVATIONS[activation]) : made };
	}
	return tensor.numbers;
}

// ---- Walks

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

// z with another coordinate along a direction, a unit vector: the others stay as they are.
function moved(z, direction, coordinate) {
	const step = coordinate - dot(z, direction);
	return z.map((value, i) => value + step * direction[i]);
}

// From one z at t = 0 to another at t = 1 along an arc, where all are as likely as the ends: on a
// straight line those in the middle would be too short for normal numbers.
function between(a, b, t) {
	const [from_a, from_b] = [Math.cos((t * Math.PI) / 2), Math.sin((t * Math.PI) / 2)];
	return a.map((value, i) => from_a * value + from_b * b[i]);
}

// ---- The page

const STYLE = `
	.card { background: white; color: #222; color-scheme: light; font: 14px/1.4 sans-serif;
		padding: 12px; border: 1px solid #bbb; border-radius: 8px; max-width: 700px }
	.row { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: center }
	.sliders { flex: 1 1 260px }
	.sliders label { display: grid; grid-template-columns: 84px 1fr 44px; gap: 8px; min-height: 34px;
		align-items: center }
	.buttons { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 8px }
	.walk { display: inline-block; margin-top: 12px; max-width: 100% }
	.walk input { display: block; width: calc(100% * 8 / 9 + 16px);
		margin: 4px calc(100% / 18 - 8px) 0 }
	span { text-align: right; font-variant-numeric: tabular-nums }
	button { font: inherit; min-height: 32px; min-width: 34px }
	button[aria-pressed="true"] { background: #0072B2; color: white; border: 1px solid #0072B2 }
	canvas { display: block; image-rendering: pixelated; max-width: 100% }
	:focus-visible { outline: 3px solid #0072B2 }`;

function element(tag, properties, ...children) {
	const made = Object.assign(document.createElement(tag), properties);
	made.append(...children);
	return made;
}

// Paints numbers from `low` to 1 as a picture, `left` pixels from the edge.
function paint(canvas, numbers, [rows, columns, channels], low, left = 0) {
	const image = new ImageData(columns, rows);
	for (let i = 0; i < rows * columns; i++) {
		for (let k = 0; k < 3; k++)
			image.data[4 * i + k] = (255 * (numbers[i * channels + (k % channels)] - low)) / (1 - low);
		image.data[4 * i + 3] = 255;
	}
	canvas.getContext("2d").putImageData(image, left, 0);
}

// A canvas of so many pixels, each shown `scale` pixels wide.
function canvas_of(width, height, scale) {
	const made = element("canvas", { width, height, role: "img" });
	made.style.width = `${width * scale}px`;
	return made;
}

// Builds a walk in `root`, where its shadow hides the still picture.
function mount(root, told) {
	const { shape, low, latents, directions, names } = told, [rows, columns] = shape, steps = 9;
	const operations = with_weights(told.operations, told.signs);
	const picture = canvas_of(columns, rows, Math.ceil(280 / Math.min(rows, columns)));
	const strip = canvas_of(steps * (columns + 1) - 1, rows, Math.max(1, Math.floor(68 / columns)));
	let number = 0, label = 0, z;

	const as_class = (z) => generate(operations, [...z, ...names.map((_, i) => Number(i === label))]);
	const on_the_way = (t) => between(latents[number], latents[(number + 1) % latents.length], t);

	function draw() {
		const start = performance.now(), numbers = as_class(z), spent = performance.now() - start;
		paint(picture, numbers, shape, low);
		status.textContent = `z ${number + 1} of ${latents.length}, drawn by this page in ` +
			`${spent.toFixed(1)} ms`;
		sliders.forEach(({ range, coordinate }, k) => {
			range.value = dot(z, directions[k]);
			coordinate.textContent = (Math.round(10 * dot(z, directions[k])) / 10 + 0).toFixed(1);
		});
		classes.forEach((button, i) => (button.ariaPressed = i === label));
	}

	function draw_strip() {
		for (let i = 0; i < steps; i++)
			paint(strip, as_class(on_the_way(i / (steps - 1))), shape, low, i * (columns + 1));
	}

	function draw_all() {
		draw_strip();
		draw();
	}

	function go_to(place) {
		number = place % latents.length;
		z = latents[number];
		way.value = 0;
		draw_all();
	}

	// A slider that moves z: `place` gives the new z from where it stands.
	function slider(min, max, place) {
		const range = element("input", { type: "range", min, max, step: (max - min) / 120 });
		range.oninput = () => {
			z = place(Number(range.value));
			draw();
		};
		return range;
	}

	const button = (textContent, onclick) => element("button", { textContent, onclick });
	const group = (className, ...children) => element("div", { className }, ...children);
	const status = element("div"), way = slider(0, 1, on_the_way);
	const sliders = directions.map((direction) => ({
		range: slider(-3, 3, (coordinate) => moved(z, direction, coordinate)),
		coordinate: element("span"),
	}));
	const classes = names.map((name, i) => button(name, () => {
		label = i;
		draw_all();
	}));
	const lines = sliders.map(({ range, coordinate }, k) =>
		element("label", {}, `direction ${k + 1}`, range, coordinate));
	const buttons = group("buttons", button("New z", () => go_to(number + 1)),
		button("Back to z", () => go_to(number)));
	const of_classes = group("buttons", ...classes);
	Object.assign(of_classes, { role: "group", ariaLabel: "class" });
	picture.ariaLabel = "What the generator draws from z";
	strip.ariaLabel = "What it draws on the way from this z to the next";
	root.attachShadow({ mode: "open" }).append(element("style", { textContent: STYLE }), group("card",
		group("row", group("", picture, status), group("sliders", ...lines, buttons, of_classes)),
		element("label", { className: "walk" }, "Walk to the next z", strip, way)));
	root.dataset.lmSuppressShortcuts = true; // in JupyterLab a key would act on the cell
	go_to(0);
}
