# 什么会有帮助：各种学习方式及其测得的增益。

help-nav = 什么有帮助
help-title = 这里什么会有帮助？
help-question = 这里什么会有帮助？
help-question-about = Querist 可以在本项目自己的标签上测量：换一个编码器、用一种应对少标签的方法，或更多标签，能让{ measure }提高多少。在您开启之前，什么都不会改变。
help-start = 测量
help-start-about = 在后台需要几分钟；标注可照常进行。
help-measuring = 正在测量
help-measuring-about = 标注可照常进行。
help-waiting = 等待开始。
help-failed = 上次测量失败：{ $reason }
help-not-encoded = 尚未编码；请等待编码结束。
help-one-class = 测量需要至少两个类别的标签；请先再标注一些。
help-few-labels = 测量需要审计集之外的 { $least } 个标签，现有 { $n } 个；请先再标注一些。

help-adopt = 开启“{ $name }”，预计提高约 { $points } 个百分点。
help-adopt-encoder = 把编码器换成 { $name }，预计提高约 { $points } 个百分点。
help-drop = 关闭“{ $name }”，它约损失 { $points } 个百分点。
help-label-on = 继续标注：再加 { $n } 个标签预计提高约 { $points } 个百分点，高于其他所有确定的方式。
help-perhaps = { $name } 也许提高更多（{ $points }），但凭现有标签还无法判断。
help-nothing = 测得的方式都没有确定的差别。
help-explained = 在 { $labels } 个标签上交叉验证，{ measure-title }为 { $share }。{ $helps ->
        [0] 没有方式确定有帮助
       *[other] { $helps } 种方式有帮助
    }，{ $hurts ->
        [0] 没有方式有害
       *[other] { $hurts } 种有害
    }{ $open ->
        [0] 。
       *[other] ；另有 { $open } 种凭现有标签无法判断。
    }

help-table = 在您的标签上测得
help-cure = 方式
help-gain = 增益（百分点）
help-zero = 0
help-cost = 代价
help-use = 使用
help-helps = 有帮助
help-open = 无法判断
help-hurts = 有害
help-gain-aloud = { $gain } 个百分点；宏平均 F1 { $f1 }
help-further = 再加 { $n } 个标签
help-further-about = 由学习曲线预测
help-encoder-about = 另一个编码器
help-cost-none = 无
help-cost-seconds = 每轮多 { $n } 秒
help-cost-labels = 约 { $n } 分钟标注
help-cost-answers = { $n } 个回答
help-cost-encoder = 每个样本 { $ms } 毫秒，一次性 { $minutes } 分钟
help-cost-encoder-soon = 每个样本 { $ms } 毫秒，一次性一分钟
help-open-desk = 标注
help-open-copies = 副本
help-change-encoder = 更换
help-is-measured = 测得
help-is-forecast = 预测
help-lines = 线段为 95 % 区间。
help-apply = 从下一轮起应用
help-again = 重新测量
help-when = { $age }测得，用时 { $seconds } 秒。

help-together = { $names } 一起
help-together-helps = 最好的两种一起测量；现在是 { $share }。两种方法常常纠正同样的错误，所以增益不能相加。
help-together-open = 最好的两种一起测量；现在是 { $share }，凭现有标签无法判断两者一起是否更好。
help-together-hurts = 一起测量时，最好的两种比现在的 { $share } 更差。请只开启其中一种。

help-what = 测量了什么
help-measured = 在 { $labels } 个标签上做 { $folds } 折交叉验证，重复 { $repeats } 次，测量{ measure-title }。各种方式使用相同的折，因此每个增益都是配对差。副本在同一折中。
help-how-far = 可信程度
help-order = 次序比大小更可信：标签是因为难而被选中的，在整个样本池上增益会小一些。
help-trust = { $n } 个审计样本显示 { $name } 为 { $gain } 个百分点。
help-trust-no-audit = 审计标签太少，无法证实。
help-audit-only = 审计样本只用于证实，从不用于选择。
help-at-once = 同时比较多种
help-many = 在 { $n } 个增益中，可能有一个只是碰巧看起来好，因此测得的区间都加宽到能同时成立。

# 每种方法的名称和作用。
cure-larger-committee = 更大的委员会
cure-about-larger-committee = 成员加倍
cure-without-doubtful = 不用可疑标签
cure-about-without-doubtful = 很可能错误的标签不参与学习
cure-pseudo-labels = 伪标签
cure-about-pseudo-labels = 所有成员最有把握的猜测当作标签
cure-label-spreading = 标签传播
cure-about-label-spreading = 标签传到未标注的近邻
cure-class-weights = 类别权重
cure-about-class-weights = 稀有类别权重更大
cure-balanced-softmax = 先验校正
cure-about-balanced-softmax = 按各类别数量相同来预测
cure-smote = SMOTE
cure-about-smote = 用近邻的混合补足稀有类别
cure-borderline-smote = 边界 SMOTE
cure-about-borderline-smote = 同上，只在类别相接处
cure-mixup = Mixup
cure-about-mixup = 两个样本混合并带两个标签
cure-label-smoothing = 标签平滑
cure-about-label-smoothing = 没有标签被当作完全确定
cure-feature-dropout = 特征丢弃
cure-about-feature-dropout = 缺少部分特征的副本
cure-copies = 增强副本
cure-about-copies = 镜像、裁剪或改色的副本一起参与学习
