export-about = 已标注 { $n } 个样本。导出一经生成便不再改变；其清单对每个样本都有交代。
export-dataset = 已标注数据集
export-format = 格式
format-csv = CSV：每个样本一行
format-jsonl = JSONL：每行一个对象
format-imagefolder = Zip：每个类别一个文件夹，含图片
export-split = 划分
export-split-none = 不划分
export-split-of = 训练 { $train } %，验证 { $rest } %，测试 { $rest } %
export-seed = 划分的随机种子
export-split-about = 相同的种子得到相同的划分。同一图片的副本在同一部分，抽检集单独为一部分“audit”。
export-manifest = 清单
export-votes = 每一次标注，而不仅是当前标签
export-predictions = 委员会给出的概率
export-start = 导出
export-list = 导出记录，最新在前
export-table = 导出记录
export-none = 还没有导出。
export-format-column = 格式
export-when = 时间
export-labels = 标签
export-size = 大小
export-sha256 = SHA-256
export-file = 文件
export-download = 下载

model-title = 模型
model-about = 编码器与委员会合为一个 ONNX 文件，随处可运行：输入图片，输出类别概率。提供之前会与委员会核对。
model-rolled-back = 当前使用第 { $round } 轮，而非最新一轮，参见
model-see-rounds = 训练轮次
model-none = 有一轮用两个类别训练后即可生成模型。
model-round = 轮次
model-round-marks = { $round }：{ $marks }
model-in-use = 使用中
model-best = 抽检集上最佳
model-pinned = 已固定
model-input = 输入
model-input-uint8 = 像素：只需缩放裁剪，其余已内置
model-input-float = 浮点数，由调用方缩放和排列
model-weights = 权重
model-weights-f32 = 原样，每个 32 位
model-weights-int8 = int8：约为三分之一大小，损失已测量
model-make = 生成模型
model-percent = { $message }：{ $percent } %
model-of-round = 第 { $round } 轮
model-form = { $form }；{ $size }，算子集 { $opset }
model-download-of = 下载第 { $round } 轮的模型，{ $form }
model-form-float-f32 = 输入为预处理后的浮点数，32 位权重
model-form-float-int8 = 输入为预处理后的浮点数，int8 权重
model-form-uint8-f32 = 输入为像素，32 位权重
model-form-uint8-int8 = 输入为像素，int8 权重
model-checked =
    已在 { $n } 个样本上与委员会核对：{ $measure ->
        [exact-match] 类别集合相同
       *[accuracy] 类别相同
    } { $same }，最大差异 { $difference }。
model-cost-unknown = 抽检样本还没有标签，因此 int8 的损失尚不清楚。
model-cost = 在 { $n } 个有标签的抽检样本上：正确率 { $share }，完整模型 { $full }。
model-agrees =
    { $measure ->
        [exact-match] 类别集合相同
       *[accuracy] 类别相同
    } { $share }。仅完整模型正确的有 { $full } 个，仅此模型正确的有 { $this } 个（精确 McNemar 检验：p = { $p }）。
